// What one evaluation of an expression costs: nanoseconds of CPU for ten JSONata and ten JSONPath
// expressions.
//
//   pawl-bench-expressions [NODE_PROGRAM]
//
// With NODE_PROGRAM (tests/bench/expressions.js, by way of the script tests/bench/expressions) the
// reference implementation evaluates the same JSONata expressions over the same input, in windows
// that alternate with ours, so that a busy machine slows down both.
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <memory>
#include <string>
#include <vector>

#include "engine/expr/json_path.h"
#include "engine/expr/jsonata/program.h"
#include "engine/value/json.h"
#include "tests/bench/expressions_node.h"

namespace {

using pawl::Value;
using pawl::bench::NodeReference;
using pawl::expr::JsonPath;
namespace jsonata = pawl::expr::jsonata;

constexpr int kWindows = 7;  // the median counts
constexpr double kWindowNanos = 100e6;

struct Subject {
  const char* name;
  const char* text;
};

constexpr Subject kJsonata[] = {
    {"path", "$states.input.order.customer.name"},
    {"predicate", "$states.input.order.items[price > 10].sku"},
    {"$map", "$map($states.input.order.items, function($i) { $i.price * $i.qty })"},
    {"$sum", "$sum($states.input.order.items.(price * qty))"},
    {"object",
     "{'id': $states.input.order.id, 'n': $count($states.input.order.items), 'ok': true}"},
    {"string join", "$join($states.input.order.items.sku, ', ')"},
    {"$sort", "$sort($states.input.order.items, function($a, $b) { $a.price > $b.price }).sku"},
    {"conditional", "$states.input.order.total > 100 ? 'large' : 'small'"},
    {"$merge", "$merge([$states.input.order.customer, {'vip': true}])"},
    {"regex", "$contains($states.input.order.customer.email, /^[^@]+@example\\.com$/)"},
};

constexpr Subject kJsonPath[] = {
    {"path", "$.order.customer.name"},
    {"index", "$.order.items[2].sku"},
    {"last", "$.order.items[-1].sku"},
    {"slice", "$.order.items[1:4].sku"},
    {"wildcard", "$.order.items[*].sku"},
    {"filter", "$.order.items[?(@.price > 10)].sku"},
    {"two conditions", "$.order.items[?(@.price > 10 && @.qty == 1)]"},
    {"descent", "$..sku"},
    {"names", "$.order.customer['name','email']"},
    {"length()", "$.order.items.length()"},
};

constexpr char kInput[] = R"({"order": {
  "id": "o-17", "total": 142.5,
  "customer": {"name": "Ann Lee", "email": "ann@example.com", "city": "Bern"},
  "items": [
    {"sku": "A1", "price": 10, "qty": 2}, {"sku": "B2", "price": 2.5, "qty": 1},
    {"sku": "C3", "price": 20, "qty": 1}, {"sku": "D4", "price": 8, "qty": 3},
    {"sku": "E5", "price": 15, "qty": 1}, {"sku": "F6", "price": 4, "qty": 7},
    {"sku": "G7", "price": 99, "qty": 1}, {"sku": "H8", "price": 1, "qty": 9}]}})";

double CpuNanos() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

// Nanoseconds of CPU per call of `evaluate`, over one window.
template <typename Evaluate>
double Measure(Evaluate evaluate) {
  const double start = CpuNanos();
  double elapsed = 0;
  int64_t count = 0;
  while (elapsed < kWindowNanos) {
    for (int i = 0; i < 100; ++i) evaluate();
    count += 100;
    elapsed = CpuNanos() - start;
  }
  return elapsed / static_cast<double>(count);
}

double Median(std::vector<double> numbers) {
  std::sort(numbers.begin(), numbers.end());
  return numbers[numbers.size() / 2];
}

class States final : public pawl::expr::VariableLookup {
 public:
  explicit States(const Value& input) : states_(Value::Object({{"input", input}})) {}
  const Value* Find(absl::string_view name) const override {
    return name == "states" ? &states_ : nullptr;
  }

 private:
  const Value states_;
};

void BenchJsonata(const Value& input, NodeReference* reference) {
  std::printf("%-16s %12s %14s %9s\n", "JSONata", "ns/eval", "reference", "ratio");
  const States states(input);
  jsonata::Inputs inputs;
  inputs.variables = &states;
  for (const Subject& subject : kJsonata) {
    jsonata::Error error;
    const auto program = jsonata::Program::Parse(subject.text, jsonata::Dialect::kAws, &error);
    if (program == nullptr || program->Evaluate(inputs).kind != jsonata::Outcome::Kind::kValue) {
      std::fprintf(stderr, "%s: %s\n", subject.text, error.message.c_str());
      std::exit(1);
    }
    std::vector<double> ours;
    std::vector<double> theirs;
    for (int i = 0; i < kWindows; ++i) {
      ours.push_back(Measure([&] { (void)program->Evaluate(inputs); }));
      if (reference != nullptr) theirs.push_back(reference->Measure(subject.text));
    }
    if (reference == nullptr) {
      std::printf("%-16s %12.0f\n", subject.name, Median(ours));
    } else {
      std::printf("%-16s %12.0f %14.0f %8.1fx\n", subject.name, Median(ours), Median(theirs),
                  Median(theirs) / Median(ours));
    }
  }
}

void BenchJsonPath(const Value& input) {
  std::printf("\n%-16s %12s\n", "JSONPath", "ns/eval");
  pawl::expr::Environment environment;
  environment.input = input;
  for (const Subject& subject : kJsonPath) {
    const absl::StatusOr<JsonPath> path = JsonPath::Parse(subject.text);
    if (!path.ok() || !path->Evaluate(environment).ok()) {
      std::fprintf(stderr, "%s: cannot be evaluated\n", subject.text);
      std::exit(1);
    }
    std::vector<double> ours;
    for (int i = 0; i < kWindows; ++i) {
      ours.push_back(Measure([&] { (void)path->Evaluate(environment); }));
    }
    std::printf("%-16s %12.0f\n", subject.name, Median(ours));
  }
}

}  // namespace

int main(int argc, char** argv) {
  const Value input = *pawl::ParseJson(kInput);
  std::unique_ptr<NodeReference> reference;
  if (argc > 1) reference = NodeReference::Start(argv[1], pawl::ToJson(input));
  if (reference == nullptr) std::printf("(without the reference implementation: no node)\n");
  BenchJsonata(input, reference.get());
  BenchJsonPath(input);
  return 0;
}
