#include "engine/value/json_diagnosis.h"

#include "engine/value/json.h"
#include "gtest/gtest.h"

namespace pawl {
namespace {

// "line:column message".
std::string Diagnose(absl::string_view text) {
  const absl::optional<JsonDiagnosis> diagnosis = DiagnoseJson(text);
  if (!diagnosis.has_value()) return "";
  const std::string& location = diagnosis->aws_location;
  const size_t line = location.rfind("; line: ") + 8;
  const size_t comma = location.find(", column: ", line);
  return location.substr(line, comma - line) + ":" +
         location.substr(comma + 10, location.size() - comma - 11) + " " + diagnosis->message;
}

TEST(JsonDiagnosis, IsInJacksonsWords) {
  const std::string values =
      "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";
  const struct {
    const char* text;
    std::string expected;
  } cases[] = {
      {"{",
       "1:2 Unexpected end-of-input: expected close marker for Object (start marker at line 1, "
       "column 1)"},
      {"{\"a\":\n [1",
       "2:4 Unexpected end-of-input: expected close marker for Array (start marker at line 2, "
       "column 2)"},
      {"not", "1:4 Unrecognized token 'not': was expecting " + values},
      {"{\"a\": tru}", "1:10 Unrecognized token 'tru': was expecting " + values},
      {"{\"a\": NaN}",
       "1:10 Non-standard token 'NaN': enable JsonParser.Feature.ALLOW_NON_NUMERIC_NUMBERS to "
       "allow"},
      {"{'a':1}",
       "1:3 Unexpected character (''' (code 39)): was expecting double-quote to start field name"},
      {"{\"a\":1,}",
       "1:9 Unexpected character ('}' (code 125)): was expecting double-quote to start field name"},
      {"{\r\n\"a\" 1}",
       "2:6 Unexpected character ('1' (code 49)): was expecting a colon to separate field name and "
       "value"},
      {"{\"a\":1 \"b\":2}",
       "1:9 Unexpected character ('\"' (code 34)): was expecting comma to separate Object entries"},
      {"[1,]", "1:5 Unexpected character (']' (code 93)): expected a valid value " + values},
      {"{\"a\":€}", "1:7 Unrecognized token '€': was expecting " + values},
      {"{\"a\":1 €}",
       "1:9 Unexpected character ('€' (code 8364 / 0x20ac)): was expecting comma to separate "
       "Object entries"},
      {"{\"😀\":;}", "1:8 Unexpected character (';' (code 59)): expected a valid value " + values},
      {"{\"a\":[1}",
       "1:9 Unexpected close marker '}': expected ']' (for Array starting at line 1, column 6)"},
      {"]",
       "1:2 Unexpected close marker ']': expected '}' (for root starting at line 1, column 0)"},
      {"{\"a", "1:4 Unexpected end-of-input in field name"},
      {"{\"a\"", "1:5 Unexpected end-of-input within/between Object entries"},
      {"{\"a\":", "1:6 Unexpected end-of-input within/between Object entries"},
      {"[1,", "1:4 Unexpected end-of-input within/between Array entries"},
      {"\"a", "1:3 Unexpected end-of-input: was expecting closing quote for a string value"},
      {"\"a\n\"",
       "1:4 Illegal unquoted character ((CTRL-CHAR, code 10)): has to be escaped using backslash "
       "to be included in string value"},
      {"\"\\x\"", "1:4 Unrecognized character escape 'x' (code 120)"},
      {"\"\\u12g\"",
       "1:7 Unexpected character ('g' (code 103)): expected a hex-digit for character escape "
       "sequence"},
      {"01", "1:3 Invalid numeric value: Leading zeroes not allowed"},
      {"[1.x]",
       "1:5 Unexpected character ('x' (code 120)) in numeric value: Decimal point not followed by "
       "a digit"},
      {"// a", "1:2 Unexpected character ('/' (code 47)): expected a valid value " + values},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(Diagnose(c.text), c.expected) << c.text;
    EXPECT_FALSE(ParseJson(c.text).ok()) << c.text;
  }
}

TEST(JsonDiagnosis, HasNothingToSayOfJson) {
  for (const char* text : {"", " \n", "{}", R"({"a":[1,-2.5e+3,true,null,"\u00e4\n"],"b":{}})"}) {
    EXPECT_EQ(Diagnose(text), "") << text;
  }
}

TEST(JsonDiagnosis, CarriesTheTextAsAwsDoes) {
  const absl::optional<JsonDiagnosis> diagnosis = DiagnoseJson("{");
  ASSERT_TRUE(diagnosis.has_value());
  EXPECT_EQ(diagnosis->aws_location, "[Source: (String)\"{\"; line: 1, column: 2]");
  EXPECT_EQ(diagnosis->aws_message,
            "Unexpected end-of-input: expected close marker for Object (start marker at [Source: "
            "(String)\"{\"; line: 1, column: 1])\n at [Source: (String)\"{\"; line: 1, column: 2]");
}

TEST(JsonDiagnosis, CutsTheTextAfterFiveHundredCharacters) {
  const std::string text = "[\"" + std::string(600, 'x') + "\"";
  const absl::optional<JsonDiagnosis> diagnosis = DiagnoseJson(text);
  ASSERT_TRUE(diagnosis.has_value());
  EXPECT_EQ(diagnosis->aws_location, "[Source: (String)\"" + text.substr(0, 500) +
                                         "\"[truncated 103 chars]; line: 1, column: 604]");
}

}  // namespace
}  // namespace pawl
