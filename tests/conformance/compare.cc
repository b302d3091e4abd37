#include "tests/conformance/compare.h"

#include <algorithm>
#include <cstdio>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "engine/asl/locate.h"
#include "engine/value/json.h"

namespace pawl::conformance {
namespace {

std::string Short(const Value& value) {
  std::string text = ToJson(value);
  if (text.size() > 300) text = absl::StrCat(text.substr(0, 300), "...");
  return text;
}

// What AWS has added to its answers since some of the recordings were made: not compared where the
// recording is older.
struct LaterAddition {
  absl::CivilDay since;
  std::set<std::string> keys;
};

const std::vector<LaterAddition>& LaterAdditions() {
  static const auto* additions = new std::vector<LaterAddition>{
      // Redrive was announced on 15 November 2023.
      {absl::CivilDay(2023, 11, 15),
       {"RedriveCount", "RedriveStatus", "RedriveStatusReason", "redriveCount", "redriveStatus",
        "redriveStatusReason", "failuresNotRedrivable", "pendingRedrive"}},
      // Customer managed keys; recordings of September have it.
      {absl::CivilDay(2024, 7, 25), {"encryptionConfiguration"}},
  };
  return *additions;
}

std::set<std::string> AddedAfter(const Case& test) {
  std::set<std::string> added;
  const Value& recorded = test.Field("recorded");  // "17-03-2024, 11:10:13"
  int day = 0, month = 0, year = 0;
  if (!recorded.is_string() ||
      std::sscanf(recorded.AsString().c_str(), "%d-%d-%d", &day, &month, &year) != 3) {
    return added;
  }
  for (const LaterAddition& addition : LaterAdditions()) {
    if (absl::CivilDay(year, month, day) >= addition.since) continue;
    added.insert(addition.keys.begin(), addition.keys.end());
  }
  return added;
}

class Comparison {
 public:
  Comparison(std::set<std::string> wildcards, std::set<std::string> added_later)
      : wildcards_(std::move(wildcards)), added_later_(std::move(added_later)) {}

  void Compare(const std::string& at, const Value& expected, const Value& actual) {
    if (wildcards_.count(at) > 0) {
      if (expected.is_string() && actual.is_string() &&
          absl::StrContains(expected.AsString(), "<") &&
          !MatchesMask(actual.AsString(), expected.AsString())) {
        Differ(at, expected, actual);
      }
      return;
    }
    if (expected.is_object() && actual.is_object()) return CompareObjects(at, expected, actual);
    if (expected.is_array() && actual.is_array()) return CompareArrays(at, expected, actual);
    if (expected.is_string() && actual.is_string() && absl::StrContains(expected.AsString(), "<") &&
        MatchesMask(actual.AsString(), expected.AsString())) {
      return;
    }
    if (expected != actual) Differ(at, expected, actual);
  }

  std::vector<std::string> differences;

 private:
  void Differ(const std::string& at, const Value& expected, const Value& actual) {
    differences.push_back(
        absl::StrCat(at, ": expected ", Short(expected), ", got ", Short(actual)));
  }

  void CompareObjects(const std::string& at, const Value& expected, const Value& actual) {
    for (const auto& [key, value] : expected.AsObject()) {
      const std::string place = absl::StrCat(at, "/", asl::EscapePointer(key));
      const Value* other = actual.Find(key);
      if (other == nullptr) {
        if (wildcards_.count(place) == 0) {
          differences.push_back(absl::StrCat(place, ": missing, expected ", Short(value)));
        }
      } else {
        Compare(place, value, *other);
      }
    }
    for (const auto& [key, value] : actual.AsObject()) {
      if (expected.Find(key) == nullptr && added_later_.count(key) == 0) {
        differences.push_back(absl::StrCat(at, "/", key, ": not expected: ", Short(value)));
      }
    }
  }

  void CompareArrays(const std::string& at, const Value& expected, const Value& actual) {
    const auto &e = expected.AsArray(), &a = actual.AsArray();
    if (e.size() != a.size()) {
      differences.push_back(absl::StrCat(at, ": expected ", e.size(), " elements, got ", a.size(),
                                         ": ", Short(actual)));
      return;
    }
    for (size_t i = 0; i < e.size(); ++i) Compare(absl::StrCat(at, "/", i), e[i], a[i]);
  }

  std::set<std::string> wildcards_;
  std::set<std::string> added_later_;
};

std::set<std::string> Pointers(const Value& list) {
  std::set<std::string> pointers;
  if (!list.is_array()) return pointers;
  for (const Value& pointer : list.AsArray()) pointers.insert(pointer.AsString());
  return pointers;
}

int64_t IdOf(const Value& event) {
  const Value* id = event.Find("id");
  int64_t n = 0;
  if (id != nullptr) id->ToInt64(&n);
  return n;
}

std::string TypeOf(const Value& event) {
  const Value* type = event.Find("type");
  return type != nullptr && type->is_string() ? type->AsString() : "";
}

Value WithoutIds(const Value& event) {
  Value::Members members;
  for (const auto& member : event.AsObject()) {
    if (member.first != "id" && member.first != "previousEventId") members.push_back(member);
  }
  return Value::Object(std::move(members));
}

// The recordings leave out a few events, which their ids betray: those of ours are not compared.
std::vector<Value> WithoutUnrecorded(const std::vector<Value>& history, const Value& recorded,
                                     bool is_masked) {
  std::set<int64_t> ids;
  std::set<std::string> types;
  for (const Value& event : recorded.AsArray()) {
    ids.insert(IdOf(event));
    types.insert(TypeOf(event));
  }
  std::vector<Value> kept;
  for (const Value& event : history) {
    const bool in_gap = ids.count(IdOf(event)) == 0 && !ids.empty() && IdOf(event) < *ids.rbegin();
    if (types.count(TypeOf(event)) == 0 && (in_gap || is_masked)) continue;
    kept.push_back(event);
  }
  return kept;
}

std::vector<std::string> CompareInOrder(const Case& test, const std::vector<Value>& actual,
                                        bool with_ids) {
  const auto& expected = test.Expect("history").AsArray();
  Comparison comparison(Pointers(test.Expect("history_wildcards")), AddedAfter(test));
  if (expected.size() != actual.size()) {
    comparison.differences.push_back(
        absl::StrCat("history: expected ", expected.size(), " events, got ", actual.size()));
  }
  for (size_t i = 0; i < std::min(expected.size(), actual.size()); ++i) {
    const Value e = with_ids ? expected[i] : WithoutIds(expected[i]);
    const Value a = with_ids ? actual[i] : WithoutIds(actual[i]);
    Comparison one(Pointers(test.Expect("history_wildcards")), AddedAfter(test));
    one.Compare(absl::StrCat("/", i), e, a);
    for (std::string& difference : one.differences) {
      comparison.differences.push_back(absl::StrCat("history", difference));
    }
  }
  return comparison.differences;
}

// Each expected event has a partner of its own, whatever the order.
std::vector<std::string> CompareAsSets(const Case& test, std::vector<Value> actual) {
  std::vector<std::string> differences;
  const auto& expected = test.Expect("history").AsArray();
  const std::set<std::string> wildcards = Pointers(test.Expect("history_wildcards"));
  for (size_t i = 0; i < expected.size(); ++i) {
    const auto partner = std::find_if(actual.begin(), actual.end(), [&](const Value& candidate) {
      Comparison comparison(wildcards, AddedAfter(test));
      comparison.Compare(absl::StrCat("/", i), WithoutIds(expected[i]), WithoutIds(candidate));
      return comparison.differences.empty();
    });
    if (partner == actual.end()) {
      differences.push_back(absl::StrCat("history: no event like ", Short(expected[i])));
    } else {
      actual.erase(partner);
    }
  }
  // Gaps in the recorded ids tell how many events the recording left out.
  int64_t left_out = -static_cast<int64_t>(expected.size());
  for (const Value& event : expected)
    left_out = std::max(left_out, IdOf(event) - static_cast<int64_t>(expected.size()));
  if (differences.empty() && static_cast<int64_t>(actual.size()) <= left_out) return differences;
  for (const Value& event : actual) {
    differences.push_back(absl::StrCat("history: not expected: ", Short(event)));
  }
  return differences;
}

std::vector<std::string> CompareHistory(const Case& test, const Outcome& outcome) {
  const Value& recorded = test.Expect("history");
  if (!recorded.is_array()) return {};
  const Value* masked = test.Field("expect").Find("history_ids_masked");
  const bool is_masked = masked != nullptr && masked->is_bool() && masked->AsBool();
  const std::vector<Value> actual = WithoutUnrecorded(outcome.history, recorded, is_masked);
  std::vector<std::string> differences = CompareInOrder(test, actual, !is_masked);
  const Value& ordered = test.Expect("history_ordered");
  if (differences.empty() || (ordered.is_bool() && ordered.AsBool())) return differences;
  return CompareAsSets(test, actual);
}

std::vector<std::string> CompareTypes(const Case& test, const Outcome& outcome) {
  const Value& recorded = test.Expect("history_types");
  if (!recorded.is_array() || test.Expect("history").is_array()) return {};
  std::vector<std::string> expected, actual;
  for (const Value& type : recorded.AsArray()) expected.push_back(type.AsString());
  for (const Value& event : outcome.history) actual.push_back(TypeOf(event));
  const Value& ordered = test.Expect("history_ordered");
  if (!ordered.is_bool() || !ordered.AsBool()) {
    std::sort(expected.begin(), expected.end());
    std::sort(actual.begin(), actual.end());
  }
  if (expected == actual) return {};
  return {"history_types: different event types"};
}

// The ">" that closes the "<" at `open`; masks may stand inside masks.
size_t EndOfMask(const std::string& mask, size_t open) {
  int depth = 0;
  for (size_t i = open; i < mask.size(); ++i) {
    if (mask[i] == '<') ++depth;
    if (mask[i] == '>' && --depth == 0) return i;
  }
  return std::string::npos;
}

}  // namespace

bool MatchesMask(const std::string& actual, const std::string& mask) {
  size_t at = 0, from = 0;
  bool after_mask = false;
  for (;;) {
    const size_t open = mask.find('<', from);
    const size_t close = open == std::string::npos ? open : EndOfMask(mask, open);
    const bool is_last = close == std::string::npos;
    const std::string literal = mask.substr(from, is_last ? std::string::npos : open - from);
    if (is_last && after_mask) {
      return actual.size() > at && absl::EndsWith(absl::string_view(actual).substr(at), literal);
    }
    const size_t found = after_mask ? actual.find(literal, at + 1) : at;
    if (found == std::string::npos || actual.compare(found, literal.size(), literal) != 0) {
      return false;
    }
    at = found + literal.size();
    if (is_last) return at == actual.size();
    after_mask = true;
    from = close + 1;
  }
}

std::vector<std::string> CompareWithMasks(const Value& expected, const Value& actual,
                                          const Value& wildcards) {
  Comparison comparison(Pointers(wildcards), {});
  comparison.Compare("", expected, actual);
  return std::move(comparison.differences);
}

std::vector<std::string> CompareWithMasks(const Case& test, const Value& expected,
                                          const Value& actual, const Value& wildcards) {
  Comparison comparison(Pointers(wildcards), AddedAfter(test));
  comparison.Compare("", expected, actual);
  return std::move(comparison.differences);
}

std::vector<std::string> Compare(const Case& test, const Outcome& outcome) {
  std::vector<std::string> differences;
  const Value& status = test.Expect("status");
  if (status.is_string() && status.AsString() != outcome.status) {
    differences.push_back(absl::StrCat("status: expected ", status.AsString(), ", got ",
                                       outcome.status, " (", Short(outcome.error), ": ",
                                       Short(outcome.cause), ")"));
    return differences;
  }
  Value cause = outcome.cause;
  const Value* is_json = test.Field("expect").Find("cause_is_json");
  if (is_json != nullptr && is_json->is_bool() && is_json->AsBool() && cause.is_string()) {
    absl::StatusOr<Value> parsed = ParseJson(cause.AsString());
    if (parsed.ok()) cause = *std::move(parsed);
  }
  Comparison comparison(Pointers(test.Expect("wildcards")), AddedAfter(test));
  if (outcome.status == "SUCCEEDED") {
    comparison.Compare("/output", test.Expect("output"), outcome.output);
  }
  comparison.Compare("/error", test.Expect("error"), outcome.error);
  comparison.Compare("/cause", test.Expect("cause"), cause);
  differences = std::move(comparison.differences);
  for (std::string& d : CompareTypes(test, outcome)) differences.push_back(std::move(d));
  for (std::string& d : CompareHistory(test, outcome)) differences.push_back(std::move(d));
  return differences;
}

}  // namespace pawl::conformance
