// What the tests of paths share.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/expr/json_path.h"
#include "engine/value/json.h"

namespace pawl::expr {

inline constexpr char kStore[] = R"({
  "store": {
    "book": [
      {"category":"reference","author":"Rees","title":"Sayings","price":8.95},
      {"category":"fiction","author":"Waugh","title":"Sword","price":12.99},
      {"category":"fiction","author":"Melville","title":"Moby Dick","isbn":"0-553","price":8.99},
      {"category":"fiction","author":"Tolkien","title":"Rings","isbn":"0-395","price":22.99}
    ],
    "bicycle": {"color":"red","price":19.95}
  },
  "expensive": 10,
  "numbers": [3,1,2],
  "names": ["a","b"],
  "empty": [],
  "nothing": null,
  "a b": 1,
  "it's": 2,
  "content-type": "json"
})";

inline Environment Over(absl::string_view json) {
  Environment env;
  env.input = *ParseJson(json);
  return env;
}

inline JsonPath MustParse(absl::string_view text) {
  absl::StatusOr<JsonPath> path = JsonPath::Parse(text);
  EXPECT_TRUE(path.ok()) << text << ": " << path.status();
  return path.ok() ? *path : *JsonPath::Parse("$");
}

// The result as JSON text, or the cause of the failure.
inline std::string Evaluate(absl::string_view path, const Environment& env) {
  const OrFailure<Value> result = MustParse(path).Evaluate(env);
  if (result.ok()) return ToJson(*result);
  EXPECT_EQ(result.failure().error, "States.Runtime");
  return result.failure().cause.value_or("");
}

struct Case {
  const char* path;
  const char* expected;
};

inline void ExpectAll(const Environment& env, const std::vector<Case>& cases) {
  for (const Case& c : cases) EXPECT_EQ(Evaluate(c.path, env), c.expected) << c.path;
}

}  // namespace pawl::expr
