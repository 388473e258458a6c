#include "report/shape.h"

#include <fmt/format.h>

#include <stdexcept>

namespace tlbmc {

namespace {

class Checker {
 public:
  explicit Checker(const Json& schema) : schema_(schema) {}

  void check(const JsonNode& node, const Json& shape) const {
    if (shape.contains("$ref"))
      return check(node,
                   schema_.at(Json::json_pointer(shape["$ref"].get<std::string>().substr(1))));
    if (shape.contains("enum")) {
      node.one_of(shape["enum"].get<std::vector<std::string>>());
      return;
    }
    const auto type = shape.at("type").get<std::string>();
    if (type == "object")
      check_object(node, shape);
    else if (type == "array")
      check_array(node, shape);
    else
      check_value(node, shape, type);
  }

 private:
  void check_object(const JsonNode& node, const Json& shape) const {
    const Json& others = shape.at("additionalProperties");
    if (others.is_object()) {
      for (const auto& [key, member] : node.members()) check(member, others);
      return;
    }
    std::vector<std::string> known;
    for (const auto& [key, unused] : shape.at("properties").items()) known.push_back(key);
    node.object(known);
    for (const auto& [key, inner] : shape.at("properties").items())
      if (const auto member = node.get(key)) check(*member, inner);
    for (const Json& key : shape.value("required", Json::array()))
      static_cast<void>(node.at(key.get<std::string>()));
  }

  void check_array(const JsonNode& node, const Json& shape) const {
    for (const JsonNode& element : node.elements()) check(element, shape.at("items"));
  }

  static void check_value(const JsonNode& node, const Json& shape, const std::string& type) {
    if (type == "string") {
      node.string();
    } else if (type == "boolean") {
      node.boolean();
    } else if (type == "integer") {
      if (!node.value().is_number_integer() ||
          node.value().get<std::int64_t>() < shape.value("minimum", std::int64_t{0}))
        node.fail(
            fmt::format("expected an integer from {} on", shape.value("minimum", std::int64_t{0})));
    } else {
      throw std::logic_error("a schema has a type that is not expected: " + type);
    }
  }

  const Json& schema_;
};

}  // namespace

void check_shape(const JsonNode& node, const Json& schema) { Checker(schema).check(node, schema); }

}  // namespace tlbmc
