// Typed handlers: a struct in, a struct out.
//
//   struct Order { int64_t id; double amount; };
//   PAWL_FIELDS(Order, id, amount)
//   struct Receipt { std::string number; };
//   PAWL_FIELDS(Receipt, number)
//
//   pawl::ResultOf<Receipt> Charge(const Order& order, const pawl::Task& task) {
//     if (order.amount > 1000) return pawl::Fail("CardDeclined", "over the limit");
//     return Receipt{bank.Charge(order.amount, task.idempotency_key())};
//   }
//   handlers.Add("Charge", pawl::Typed<Order, Receipt>(&Charge));
//
// Input that does not fit ends the attempt as Pawl.InvalidInput; the cause names the field.
#pragma once

#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include "pawl/handlers.h"
#include "pawl/json.h"
#include "pawl/task.h"

namespace pawl {

// What a typed handler returns: a T, Fail(...) or Accept(...).
template <typename T>
class [[nodiscard]] ResultOf {
 public:
  ResultOf(T value)
      : held_(std::in_place_index<0>, std::move(value)) {}  // NOLINT: meant to convert
  ResultOf(TaskResult result) : held_(std::in_place_index<1>, std::move(result)) {}  // NOLINT

  bool ok() const { return held_.index() == 0; }
  const T& value() const { return std::get<0>(held_); }            // of ok() only
  const TaskResult& result() const { return std::get<1>(held_); }  // of !ok() only

 private:
  std::variant<T, TaskResult> held_;
};

// `function` takes (const In&) or (const In&, const Task&) and returns Out or ResultOf<Out>.
template <typename In, typename Out, typename Function>
Handler Typed(Function function) {
  return [function = std::move(function)](const Task& task) -> TaskResult {
    In input{};
    const absl::Status status = JsonReader::Parse(task.input(), &input);
    if (!status.ok()) return Fail(kInvalidInput, std::string(status.message()));
    const auto call = [&]() -> ResultOf<Out> {
      if constexpr (std::is_invocable_v<const Function&, const In&, const Task&>) {
        return function(input, task);
      } else {
        return function(input);
      }
    };
    const ResultOf<Out> result = call();
    if (!result.ok()) return result.result();
    JsonWriter out;
    sdk::WriteJson(result.value(), &out);
    if (!out.problem().empty()) return Fail(kInvalidOutput, out.problem());
    return Succeed(out.text());
  };
}

}  // namespace pawl
