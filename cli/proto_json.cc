#include "cli/proto_json.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/strip.h"
#include "cli/names.h"
#include "engine/expr/timestamp.h"
#include "engine/value/json.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/timestamp.pb.h"

namespace pawl::cli {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

Value FieldValue(const Message& message, const FieldDescriptor* field, int index,
                 Payloads payloads);

Value NumberValue(const Message& m, const FieldDescriptor* f, int i) {
  const Reflection* r = m.GetReflection();
  switch (f->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return Value::Int(i < 0 ? r->GetInt32(m, f) : r->GetRepeatedInt32(m, f, i));
    case FieldDescriptor::CPPTYPE_INT64:
      return Value::Int(i < 0 ? r->GetInt64(m, f) : r->GetRepeatedInt64(m, f, i));
    case FieldDescriptor::CPPTYPE_BOOL:
      return Value::Bool(i < 0 ? r->GetBool(m, f) : r->GetRepeatedBool(m, f, i));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return Value::Double(i < 0 ? r->GetDouble(m, f) : r->GetRepeatedDouble(m, f, i));
    default:
      return Value::Null();
  }
}

Value TextValue(const std::string& text, const FieldDescriptor* field, Payloads payloads) {
  if (payloads == Payloads::kAsJson && IsPayload(field->name())) {
    absl::StatusOr<Value> value = ParseJson(text);
    if (value.ok()) return *std::move(value);
  }
  return Value::String(text);
}

Value MapValue(const Message& message, const FieldDescriptor* field, Payloads payloads) {
  const FieldDescriptor* key = field->message_type()->FindFieldByNumber(1);
  const FieldDescriptor* value = field->message_type()->FindFieldByNumber(2);
  Value::Members members;
  for (int i = 0; i < message.GetReflection()->FieldSize(message, field); ++i) {
    const Message& entry = message.GetReflection()->GetRepeatedMessage(message, field, i);
    members.emplace_back(entry.GetReflection()->GetString(entry, key),
                         FieldValue(entry, value, -1, payloads));
  }
  return Value::Object(std::move(members));
}

// A value's name without its type's: SUCCEEDED of EXECUTION_STATUS_SUCCEEDED. All values of a type
// begin with its name.
std::string EnumWord(const google::protobuf::EnumValueDescriptor& value) {
  std::string prefix;
  for (const char c : value.type()->name()) {
    if (absl::ascii_isupper(static_cast<unsigned char>(c)) && !prefix.empty()) prefix += '_';
    prefix += absl::ascii_toupper(static_cast<unsigned char>(c));
  }
  return std::string(absl::StripPrefix(value.name(), prefix + "_"));
}

Value FieldValue(const Message& message, const FieldDescriptor* field, int index,
                 Payloads payloads) {
  const Reflection* reflection = message.GetReflection();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return TextValue(index < 0 ? reflection->GetString(message, field)
                                 : reflection->GetRepeatedString(message, field, index),
                       field, payloads);
    case FieldDescriptor::CPPTYPE_ENUM:
      return Value::String(
          EnumWord(*(index < 0 ? reflection->GetEnum(message, field)
                               : reflection->GetRepeatedEnum(message, field, index))));
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return ToJsonValue(index < 0 ? reflection->GetMessage(message, field)
                                   : reflection->GetRepeatedMessage(message, field, index),
                         payloads);
    default:
      return NumberValue(message, field, index);
  }
}

// What has no value is left out; numbers and lists always have one.
bool IsLeftOut(const Message& message, const FieldDescriptor* field) {
  const Reflection* reflection = message.GetReflection();
  if (field->is_map()) return reflection->FieldSize(message, field) == 0;
  if (field->is_repeated()) return false;
  if (field->has_presence()) return !reflection->HasField(message, field);
  return field->cpp_type() == FieldDescriptor::CPPTYPE_STRING &&
         reflection->GetString(message, field).empty();
}

}  // namespace

bool IsPayload(const std::string& name) {
  return name == "input" || name == "output" || name == "definition" || name == "heartbeat_details";
}

Value ToJsonValue(const Message& message, Payloads payloads) {
  if (const auto* timestamp = dynamic_cast<const google::protobuf::Timestamp*>(&message)) {
    return Value::String(expr::FormatTimestamp(ToTime(*timestamp)));
  }
  Value::Members members;
  const google::protobuf::Descriptor* type = message.GetDescriptor();
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    if (IsLeftOut(message, field)) continue;
    if (field->is_map()) {
      members.emplace_back(field->json_name(), MapValue(message, field, payloads));
    } else if (field->is_repeated()) {
      Value::Elements elements;
      for (int j = 0; j < message.GetReflection()->FieldSize(message, field); ++j) {
        elements.push_back(FieldValue(message, field, j, payloads));
      }
      members.emplace_back(field->json_name(), Value::Array(std::move(elements)));
    } else {
      members.emplace_back(field->json_name(), FieldValue(message, field, -1, payloads));
    }
  }
  return Value::Object(std::move(members));
}

}  // namespace pawl::cli
