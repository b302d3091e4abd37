#include "pawl/typed.h"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

#include "worker-sdk/src/invoke.h"
#include "worker-sdk/src/sanitize.h"
#include "worker-sdk/src/task_state.h"

namespace shop {

struct Item {
  std::string sku;
  int count = 0;
};
PAWL_FIELDS(Item, sku, count)

struct Order {
  int64_t id = 0;
  double amount = 0;
  bool is_gift = false;
  std::vector<Item> items;
  std::map<std::string, std::string> labels;
  std::optional<std::string> note;
  pawl::RawJson extra;
};
PAWL_FIELDS(Order, id, amount, is_gift, items, labels, note, extra)

// Of its own making.
enum class Color { kRed, kBlue };
void FromJson(const pawl::JsonReader& in, Color* out) {
  std::string text;
  in.Read(&text);
  if (text != "red" && text != "blue") return in.Refuse("expected red or blue");
  *out = text == "red" ? Color::kRed : Color::kBlue;
}
void ToJson(const Color& value, pawl::JsonWriter* out) {
  out->Write(std::string(value == Color::kRed ? "red" : "blue"));
}

struct Car {
  Color color = Color::kRed;
  uint8_t doors = 0;
};
PAWL_FIELDS(Car, color, doors)

}  // namespace shop

namespace pawl {
namespace {

constexpr char kOrder[] =
    R"({"id":9007199254740993,"amount":1.5,"is_gift":true,)"
    R"("items":[{"sku":"a\"b","count":2},{"sku":"c","count":-1}],"labels":{"k":"v"},)"
    R"("extra":{"deep":[1,2.50]}})";

std::string Rewrite(const std::string& text) {
  shop::Order order;
  const absl::Status status = JsonReader::Parse(text, &order);
  if (!status.ok()) return std::string(status.message());
  JsonWriter out;
  ToJson(order, &out);
  return out.text();
}

TEST(PawlFields, BringsAStructThereAndBack) { EXPECT_EQ(Rewrite(kOrder), kOrder); }

TEST(PawlFields, NamesTheFieldThatDoesNotFit) {
  const struct {
    const char* text;
    const char* message;
  } kCases[] = {
      {R"({"id":"x"})", "$.id: expected an integer, got string"},
      {R"({"id":1.5})", "$.id: expected an integer of 64 bits"},
      {R"({"id":1})", "$.amount: missing, expected a number"},
      {R"([])", "$: expected an object, got array"},
      {R"({"id":1,"amount":1,"is_gift":false,"items":[{"sku":"a","count":1},{"sku":"b","count":true}]})",
       "$.items[1].count: expected an integer, got boolean"},
      {R"({"id":1,"amount":1,"is_gift":false,"items":[{"sku":"a","count":3000000000}]})",
       "$.items[0].count: the number is out of range"},
      {R"({"id":1,"amount":1,"is_gift":false,"items":[],"labels":{"k":1}})",
       "$.labels.k: expected a string, got number"},
  };
  for (const auto& test : kCases) EXPECT_EQ(Rewrite(test.text), test.message);
  EXPECT_EQ(Rewrite("{").substr(0, 8), "no JSON:");
}

TEST(PawlFields, OptionalsMayBeMissingOrNull) {
  shop::Order order;
  const std::string base = R"({"id":1,"amount":1,"is_gift":false,"items":[],"labels":{},"extra":1)";
  ASSERT_TRUE(JsonReader::Parse(base + "}", &order).ok());
  EXPECT_FALSE(order.note.has_value());
  ASSERT_TRUE(JsonReader::Parse(base + R"(,"note":null})", &order).ok());
  EXPECT_FALSE(order.note.has_value());
  ASSERT_TRUE(JsonReader::Parse(base + R"(,"note":"hi"})", &order).ok());
  EXPECT_EQ(order.note, "hi");
}

TEST(PawlFields, TakesTypesWithConversionsOfTheirOwn) {
  shop::Car car;
  ASSERT_TRUE(JsonReader::Parse(R"({"color":"blue","doors":4})", &car).ok());
  EXPECT_EQ(car.color, shop::Color::kBlue);
  JsonWriter out;
  ToJson(car, &out);
  EXPECT_EQ(out.text(), R"({"color":"blue","doors":4})");
  EXPECT_EQ(JsonReader::Parse(R"({"color":"green","doors":4})", &car).message(),
            "$.color: expected red or blue");
  EXPECT_EQ(JsonReader::Parse(R"({"color":"red","doors":256})", &car).message(),
            "$.doors: the number is out of range");
}

TaskResult Call(const Handler& handler, const std::string& input) {
  sdk::TaskInfo info;
  info.input = input;
  info.attempt = 3;
  return sdk::Invoke(handler, Task(std::make_shared<sdk::TaskState>(
                                  std::move(info), 0, std::weak_ptr<sdk::TaskHost>())));
}

TEST(Typed, GivesAStructAndTakesOne) {
  const Handler handler =
      Typed<shop::Item, shop::Item>([](const shop::Item& item, const Task& task) {
        return shop::Item{item.sku + "!", item.count + task.attempt()};
      });
  const TaskResult result = Call(handler, R"({"sku":"a","count":1})");
  ASSERT_TRUE(result.ok()) << result.cause();
  EXPECT_EQ(result.output(), R"({"sku":"a!","count":4})");
}

TEST(Typed, PassesFailuresOn) {
  const Handler handler =
      Typed<shop::Item, shop::Item>([](const shop::Item&) -> ResultOf<shop::Item> {
        return Fail("SoldOut", "come back tomorrow");
      });
  const TaskResult result = Call(handler, R"({"sku":"a","count":1})");
  EXPECT_EQ(result.error(), "SoldOut");
  EXPECT_EQ(result.cause(), "come back tomorrow");
}

TEST(Typed, RefusesInputThatDoesNotFit) {
  const Handler handler = Typed<shop::Item, bool>([](const shop::Item&) { return true; });
  const TaskResult result = Call(handler, R"({"sku":7,"count":1})");
  EXPECT_EQ(result.error(), "Pawl.InvalidInput");
  EXPECT_EQ(result.cause(), "$.sku: expected a string, got number");
}

TEST(Typed, RefusesOutputThatJsonCannotSay) {
  const Handler handler = Typed<bool, double>([](bool) { return std::nan(""); });
  EXPECT_EQ(Call(handler, "true").error(), "Pawl.InvalidOutput");
}

TEST(Invoke, MakesAFailureOfWhatIsThrown) {
  const TaskResult standard =
      Call([](const Task&) -> TaskResult { throw std::runtime_error("no bank"); }, "");
  EXPECT_EQ(standard.error(), "Pawl.HandlerException");
  EXPECT_EQ(standard.cause(), "no bank");
  const TaskResult odd = Call([](const Task&) -> TaskResult { throw 7; }, "");
  EXPECT_EQ(odd.error(), "Pawl.HandlerException");
  EXPECT_EQ(odd.cause(), "the handler threw something that is no std::exception");
}

TEST(Invoke, TakesTheFirstAnswerOfAnAsyncHandlerAndMissesNone) {
  const Task task(
      std::make_shared<sdk::TaskState>(sdk::TaskInfo(), 0, std::weak_ptr<sdk::TaskHost>()));
  std::vector<std::string> answers;
  const auto record = [&](const TaskResult& result) {
    answers.push_back(result.ok() ? result.output() : result.error());
  };
  sdk::InvokeAsync(
      [](const Task&, const Responder& respond) {
        respond(Succeed("1"));
        respond(Succeed("2"));
        throw 3;
      },
      task, record);
  sdk::InvokeAsync([](const Task&, const Responder&) {}, task, record);
  EXPECT_EQ(answers, (std::vector<std::string>{"1", "Pawl.HandlerException"}));
}

TEST(Sanitize, AcceptsOnlyWhereATokenIsAwaited) {
  const TaskResult accepted = sdk::Sanitize(Accept("{\"id\":7}"), true);
  EXPECT_TRUE(accepted.ok());
  EXPECT_TRUE(accepted.is_accepted());
  EXPECT_EQ(accepted.output(), "{\"id\":7}");
  EXPECT_EQ(sdk::Sanitize(Accept(), false).error(), "Pawl.NothingAwaited");
  EXPECT_EQ(sdk::Sanitize(Accept("\"\xff\""), true).error(), "Pawl.InvalidOutput");
}

TEST(Sanitize, LetsNothingThroughThatWouldBreakAFrame) {
  EXPECT_EQ(sdk::Sanitize(Succeed("\"\xc3\xa9\""), false).output(), "\"\xc3\xa9\"");
  EXPECT_EQ(sdk::Sanitize(Succeed("\"\xff\""), false).error(), "Pawl.InvalidOutput");
  EXPECT_EQ(sdk::Sanitize(Fail("E", "a\xff"), false).cause(), "a\xef\xbf\xbd");
  const TaskResult longest = sdk::Sanitize(Fail("E", std::string(32'767, 'x') + "\xc3\xa9"), false);
  EXPECT_EQ(longest.cause().size(), 32'767u);
}

}  // namespace
}  // namespace pawl
