// $string and the JSON text of items.
#include <algorithm>
#include <cmath>

#include "engine/expr/jsonata/convert.h"
#include "engine/expr/jsonata/error.h"
#include "engine/expr/jsonata/number_text.h"
#include "engine/value/json.h"

namespace pawl::expr::jsonata {
namespace {

constexpr uint64_t kStepsPerNumber = 40;  // rounded to 15 digits, by way of text
constexpr size_t kMessageBytes = 1024;    // of a value in an error message

// JSON.stringify with numbers cut to 15 digits.
class Writer {
 public:
  Writer(bool pretty, Workspace* workspace) : pretty_(pretty), workspace_(workspace) {}

  void Write(const Item& item) {
    if (!Count()) return;
    if (item.is_array()) {
      WriteArray(item);
    } else if (item.is_object()) {
      WriteObject(item);
    } else if (item.is_string()) {
      AppendJsonString(item.AsString(), &text_);
    } else if (item.is_number()) {
      WriteNumber(item.AsNumber());
    } else if (item.is_bool()) {
      text_ += item.is_true() ? "true" : "false";
    } else {
      text_ += item.function() != nullptr ? "\"\"" : "null";
    }
  }

  std::string Take() {
    Count();
    return std::move(text_);
  }

 private:
  // Charges what has been written since the last time. False where a message is long enough.
  bool Count() {
    if (workspace_ == nullptr) return text_.size() <= kMessageBytes;
    workspace_->Step();
    workspace_->Charge(text_.size() - counted_);
    counted_ = text_.size();
    return true;
  }

  void WriteNumber(double number) {
    const bool finite = std::isfinite(number);
    if (!finite && workspace_ != nullptr) throw Raised("D1001").With("value", "null");
    if (workspace_ != nullptr) workspace_->Work(kStepsPerNumber);
    text_ += finite ? NumberToText(RoundTo15Digits(number)) : "null";
  }

  void WriteArray(const Item& item) {
    const Elements elements(item);
    text_ += '[';
    ++indent_;
    for (size_t i = 0; i < elements.size(); ++i) {
      NewLine(i == 0);
      Write(elements[i]);
    }
    Close(elements.empty(), ']');
  }

  void WriteObject(const Item& item) {
    text_ += '{';
    ++indent_;
    bool empty = true;
    ForEachMember(item, [&](const std::string& key, const Item& member) {
      if (member.is_undefined()) return;
      NewLine(empty);
      empty = false;
      AppendJsonString(key, &text_);
      text_ += pretty_ ? ": " : ":";
      Write(member);
    });
    Close(empty, '}');
  }

  void NewLine(bool first) {
    if (!first) text_ += ',';
    if (pretty_) text_.append("\n").append(indent_ * 2, ' ');
  }

  void Close(bool empty, char bracket) {
    --indent_;
    if (pretty_ && !empty) text_.append("\n").append(indent_ * 2, ' ');
    text_ += bracket;
  }

  const bool pretty_;
  Workspace* const workspace_;  // nullptr: for a message
  std::string text_;
  size_t counted_ = 0;
  size_t indent_ = 0;
};

}  // namespace

std::string ToText(const Item& item, bool pretty, Workspace* workspace) {
  if (item.is_string()) return item.AsString();
  if (item.is_undefined() || item.function() != nullptr) return "";
  if (item.is_number()) {
    const double number = item.AsNumber();
    workspace->Work(kStepsPerNumber);
    if (!std::isfinite(number)) throw Raised("D3001");
    return NumberToText(RoundTo15Digits(number));
  }
  Writer writer(pretty, workspace);
  const bool wrapped = item.list() != nullptr && item.list()->outer;
  writer.Write(wrapped ? item.list()->items[0] : item);
  return writer.Take();
}

std::string ForMessage(const Item& item) {
  if (item.is_undefined()) return "undefined";
  if (item.is_number() && std::isfinite(item.AsNumber())) return NumberToText(item.AsNumber());
  Writer writer(false, nullptr);
  writer.Write(item);
  std::string text = writer.Take();
  return text.size() > kMessageBytes ? "\"...\"" : text;
}

}  // namespace pawl::expr::jsonata
