// What synth found, for people and as JSON.
#pragma once

#include <string>

#include "checker/synthesis.h"
#include "model/json_reader.h"

namespace tlbmc {

// `explain`: with what every counterexample demands.
std::string synthesis_text(const SynthesisQuestion& question, const Synthesis& synthesis,
                           bool explain);
// As in cases/schema/synthesis.schema.json.
Json synthesis_json(const SynthesisQuestion& question, const Synthesis& synthesis);

}  // namespace tlbmc
