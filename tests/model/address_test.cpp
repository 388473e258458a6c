// Address expressions: the parser, what its results evaluate to, where they are defined.
#include "model/address.h"

#include "model/address_range.h"
#include "model/diagnostic.h"
#include "random_address.h"
#include "support.h"

namespace tlbmc::test {

namespace {

std::uint64_t value(const std::string& text, const Valuation& at = {}) {
  return evaluate(parse_address(text, ""), at);
}

std::string refused(const std::string& text) {
  try {
    parse_address(text, "/at");
  } catch (const InputError& error) {
    CHECK(error.diagnostic().path == "/at");
    return error.diagnostic().message;
  }
  return "accepted";
}

bool is_defined(const std::string& text, const Valuation& at = {}) {
  return evaluate(defined(parse_address(text, "")), at) != 0;
}

}  // namespace

TEST_SUITE_BEGIN("model.address");

TEST_CASE("operators bind as in C") {
  CHECK(value("1 + 2 * 3") == 7);
  CHECK(value("10 - 4 - 3") == 3);
  CHECK(value("64 / 4 / 2 % 3") == 2);
  CHECK(value("1 << 2 + 1") == 8);
  CHECK(value("6 & 3 == 3") == 0);  // 6 & (3 == 3)
  CHECK(value("1 | 2 ^ 3 & 2") == 1);
  CHECK(value("4 < 8 >> 2") == 0);
  CHECK(value("1 || 0 && 0") == 1);
  CHECK(value("0 ? 1 : 0 ? 2 : 3") == 3);
  CHECK(value("2 > 1 ? 5 : 6") == 5);
  CHECK(value("~0 == ULONG_MAX && -1 == ULONG_MAX") == 1);
  CHECK(value("!5 + !0") == 1);
  CHECK(value("(1 + 2) * 3") == 9);
  CHECK(value("7 >= 7 && 7 <= 7 && !(7 != 7) && !(7 > 7)") == 1);
}

TEST_CASE("numbers, constants and functions") {
  CHECK(value("0xFFul + 1") == 256);
  CHECK(value("18446744073709551615") == ~std::uint64_t{0});
  CHECK(value("PMD_SIZE / PAGE_SIZE") == 512);
  CHECK(value("PUD_SIZE / PMD_SIZE") == 512);
  CHECK(value("CONT_PTE_SIZE / PAGE_SIZE + CONT_PMD_SIZE / PMD_SIZE") == 32);
  CHECK(value("min(3, 2) * 10 + max(3, 2)") == 23);
  CHECK(value("round_down(0x12345, PAGE_SIZE)") == 0x12000);
  CHECK(value("round_up(0x12345, PAGE_SIZE)") == 0x13000);
  CHECK(value("round_up(0x12000, PAGE_SIZE)") == 0x12000);
  CHECK(value("round_up(ULONG_MAX, PAGE_SIZE)") == 0);  // wraps around
  CHECK(value("roundup_pow_of_two(5) + roundup_pow_of_two(8)") == 16);
  CHECK(value("ilog2(1) + ilog2(4096) + msb(ULONG_MAX)") == 75);
  CHECK(value("end - start", {{"start", 5}, {"end", 3}}) == ~std::uint64_t{1});
  CHECK(value("ULONG_MAX + 2") == 1);
  CHECK(value("(1 << 63) * 2") == 0);
}

TEST_CASE("what C leaves undefined is known to be") {
  CHECK_FALSE(is_defined("1 / x", {{"x", 0}}));
  CHECK(is_defined("1 / x", {{"x", 1}}));
  CHECK_FALSE(is_defined("1 % x", {{"x", 0}}));
  CHECK_FALSE(is_defined("1 << x", {{"x", 64}}));
  CHECK(is_defined("1 << x", {{"x", 63}}));
  CHECK_FALSE(is_defined("1 >> x", {{"x", ~std::uint64_t{0}}}));
  CHECK_FALSE(is_defined("ilog2(x)", {{"x", 0}}));
  CHECK_FALSE(is_defined("roundup_pow_of_two(x)", {{"x", 0}}));
  CHECK_FALSE(is_defined("roundup_pow_of_two(x)", {{"x", (std::uint64_t{1} << 63U) + 1}}));
  CHECK(is_defined("roundup_pow_of_two(x)", {{"x", std::uint64_t{1} << 63U}}));
  CHECK_FALSE(is_defined("round_up(x, 3)", {{"x", 7}}));
  CHECK_FALSE(is_defined("round_down(7, x)", {{"x", 0}}));
  CHECK(is_defined("round_down(7, x)", {{"x", 4}}));
  // Only what is evaluated counts.
  CHECK(is_defined("x != 0 && 8 / x > 2", {{"x", 0}}));
  CHECK_FALSE(is_defined("x == 0 && 8 / x > 2", {{"x", 0}}));
  CHECK(is_defined("x == 0 || 8 / x > 2", {{"x", 0}}));
  CHECK(is_defined("x ? 8 / x : 0", {{"x", 0}}));
  CHECK_FALSE(is_defined("x ? 0 : 8 / x", {{"x", 0}}));
}

TEST_CASE("errors name the column and what was expected") {
  CHECK(refused("") ==
        "address expression, column 1: expected a number, a name or \"(\", found the end");
  CHECK(refused("1 +") ==
        "address expression, column 4: expected a number, a name or \"(\", found the end");
  CHECK(refused("a b") ==
        "address expression, column 3: expected an operator or the end, found \"b\"");
  CHECK(refused("(a") == "address expression, column 3: expected \")\", found the end");
  CHECK(refused("min(a)") == "address expression, column 6: expected \",\", found \")\"");
  CHECK(refused("a ? b").find("expected \":\"") != std::string::npos);
  CHECK(refused("0x").find("hexadecimal digits") != std::string::npos);
  CHECK(refused("18446744073709551616").find("below 2^64") != std::string::npos);
  CHECK(refused("012").find("without leading zeros") != std::string::npos);
  CHECK(refused("12ab").find("expected the number to end") != std::string::npos);
  CHECK(refused("fls(a)").find("expected one of the functions min, max") != std::string::npos);
  CHECK(refused("a = b").find("expected an operator") != std::string::npos);
  CHECK(refused("$a").find("found \"$a\"") != std::string::npos);
  CHECK(refused(std::string(200, '(')).find("nested deeper") != std::string::npos);
  CHECK(refused(std::string(200, '-')).find("nested deeper") != std::string::npos);
  CHECK(refused(std::string(5000, ' ')).find("at most") != std::string::npos);
}

TEST_CASE("names of parameters") {
  CHECK(is_address_name("start"));
  CHECK(is_address_name("_x1"));
  CHECK_FALSE(is_address_name("PAGE_SIZE"));
  CHECK_FALSE(is_address_name("min"));
  CHECK_FALSE(is_address_name("1x"));
  CHECK_FALSE(is_address_name("a-b"));
  CHECK_FALSE(is_address_name(""));
}

TEST_CASE("the text of an expression reads back as the same expression") {
  const auto seed = setting("TLBMC_SEED", 1);
  CAPTURE(seed);
  RandomAddress random(seed, {"a", "b", "c"}, kAddressBits);
  for (int i = 0; i < 2000; ++i) {
    const AddressExpr e = random(4);
    const std::string text = text_of(e);
    CAPTURE(text);
    const AddressExpr again = parse_address(text, "");
    CHECK(text_of(again) == text);
    const Valuation at{{"a", random.number()}, {"b", random.number()}, {"c", random.number()}};
    CHECK(evaluate(again, at) == evaluate(e, at));
  }
}

TEST_CASE("a substitution evaluates like a name with that value") {
  const AddressExpr e = parse_address("end - start + end", "");
  const AddressExpr s =
      substitute(e, {{"end", parse_address("a * 2", "")}, {"start", parse_address("end", "")}});
  CHECK(text_of(s) == "a * 2 - end + a * 2");
  AddressExpr grows = AddressExpr::name("x");
  CHECK_THROWS_AS(
      [&] {
        for (int i = 0; i < 64; ++i) grows = substitute(parse_address("x + x", ""), {{"x", grows}});
      }(),
      InputError);
}

// The expression and the numbers are written apart; both against looking at every address.
TEST_CASE("covers: the expression, the numbers, and trying every address agree") {
  const auto n = [](const char* name) { return AddressExpr::name(name); };
  const AddressExpr all = covers({n("start"), n("end"), {}}, n("entry"), n("size"));
  const AddressExpr some = covers({n("start"), n("end"), n("stride")}, n("entry"), n("size"));
  int covered = 0, tried = 0;
  for (const std::uint64_t base : {std::uint64_t{0}, ~std::uint64_t{0} - 11})
    for (std::uint64_t start = 0; start < 12; ++start)
      for (std::uint64_t end = 0; end < 12; ++end)
        for (std::uint64_t entry = 0; entry < 8; entry += 2)
          for (const std::uint64_t size : {1, 2, 4})
            for (std::uint64_t stride = 1; stride < 6; ++stride) {
              bool any = false, strided = false;
              for (std::uint64_t a = start; a < end; ++a) {
                const bool inside = a >= entry && a < entry + size;
                any = any || inside;
                strided = strided || (inside && (a - start) % stride == 0);
              }
              const Valuation at{{"start", base + start},
                                 {"end", base + end},
                                 {"entry", base + entry},
                                 {"size", size},
                                 {"stride", stride}};
              ++tried;
              covered += static_cast<int>(strided);
              REQUIRE((evaluate(all, at) != 0) == any);
              REQUIRE((evaluate(some, at) != 0) == strided);
              REQUIRE(covers_at(base + start, base + end, 0, base + entry, size) == any);
              REQUIRE(covers_at(base + start, base + end, stride, base + entry, size) == strided);
            }
  CHECK(covered > tried / 20);
}

TEST_CASE("strides that would leave the address space cover nothing there") {
  const std::uint64_t max = ~std::uint64_t{0};
  for (const std::uint64_t stride : {max, max - 4, std::uint64_t{1} << 63U}) {
    const Valuation at{{"s", 5}, {"e", max}, {"stride", stride}, {"entry", 4096}, {"size", 4096}};
    const auto n = [](const char* name) { return AddressExpr::name(name); };
    CHECK(evaluate(covers({n("s"), n("e"), n("stride")}, n("entry"), n("size")), at) == 0);
    CHECK_FALSE(covers_at(5, max, stride, 4096, 4096));
  }
}

TEST_SUITE_END();

}  // namespace tlbmc::test
