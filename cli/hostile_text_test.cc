// Every command, fed with answers whose every text is hostile: nothing that a terminal acts on may
// come out, in text or in JSON.
#include <algorithm>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/command.h"
#include "cli/proto_json.h"
#include "engine/value/json.h"
#include "engine/value/terminal_text.h"
#include "engine/value/utf8.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace pawl::cli {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using ::testing::HasSubstr;

// Clears the screen, sets the title, hides, reorders, and colours.
const char kHostile[] =
    "a\x1b[2J\x1b]0;x\x07\x1b[31m\x7f\xC2\x9B"
    "2J\r\b\xE2\x80\xAE"
    "b\xE2\x81\xA6"
    "c\xE2\x80\x8E\xE2\x80\x8F\xD8\x9C\xE2\x80\x8B\xE2\x80\x8D\xE2\x81\xA0\xEF\xBB\xBF"
    "d";

void Fill(Message* message, int depth);

void FillField(const FieldDescriptor* field, int depth, Message* message) {
  const google::protobuf::Reflection* r = message->GetReflection();
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
    std::string text = kHostile;
    if (IsPayload(field->name())) text = ToJson(Value::Object({{text, Value::String(text)}}));
    // JSON may hold what needs no escape as it is.
    if (absl::string_view(field->name()).find("page_token") != absl::string_view::npos) return;
    field->is_repeated() ? r->AddString(message, field, text) : r->SetString(message, field, text);
  } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && depth < 6) {
    if (field->message_type()->full_name() == "google.protobuf.Timestamp") return;
    Fill(field->is_repeated() ? r->AddMessage(message, field) : r->MutableMessage(message, field),
         depth + 1);
  } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM && !field->is_repeated()) {
    const int last = field->enum_type()->value_count() - 1;
    r->SetEnumValue(message, field, field->enum_type()->value(last)->number());
  }
}

void Fill(Message* message, int depth) {
  const google::protobuf::Descriptor* type = message->GetDescriptor();
  for (int i = 0; i < type->field_count(); ++i) FillField(type->field(i), depth, message);
}

// A definition whose names are hostile too.
std::string HostileDefinition() {
  const std::string name = ToJson(Value::String(kHostile));
  return absl::StrCat("{\"StartAt\":", name, ",\"States\":{", name,
                      ":{\"Type\":\"Pass\",\"Comment\":", name, ",\"End\":true}}}");
}

class HostileEngine final : public EngineClient {
 public:
  explicit HostileEngine(bool refuses) : refuses_(refuses) {}

#define PAWL_HOSTILE_CALL(Message)                                                           \
  absl::Status Call(const v1::Message##Request&, v1::Message##Response* response) override { \
    return Answer(response);                                                                 \
  }
  PAWL_HOSTILE_CALL(AccessKeysCreate)
  PAWL_HOSTILE_CALL(AccessKeysList)
  PAWL_HOSTILE_CALL(AccessKeysRevoke)
  PAWL_HOSTILE_CALL(AccessKeysDelete)
  PAWL_HOSTILE_CALL(NamespacesCreate)
  PAWL_HOSTILE_CALL(NamespacesDescribe)
  PAWL_HOSTILE_CALL(NamespacesList)
  PAWL_HOSTILE_CALL(NamespacesUpdate)
  PAWL_HOSTILE_CALL(StateMachinesCreate)
  PAWL_HOSTILE_CALL(StateMachinesUpdate)
  PAWL_HOSTILE_CALL(StateMachinesList)
  PAWL_HOSTILE_CALL(StateMachinesDelete)
  PAWL_HOSTILE_CALL(StateMachinesPublishVersion)
  PAWL_HOSTILE_CALL(StateMachinesListVersions)
  PAWL_HOSTILE_CALL(StateMachinesDeleteVersion)
  PAWL_HOSTILE_CALL(StateMachinesSetAlias)
  PAWL_HOSTILE_CALL(StateMachinesListAliases)
  PAWL_HOSTILE_CALL(StateMachinesDeleteAlias)
  PAWL_HOSTILE_CALL(StateMachinesValidate)
  PAWL_HOSTILE_CALL(StateMachinesTestState)
  PAWL_HOSTILE_CALL(ExecutionsStart)
  PAWL_HOSTILE_CALL(ExecutionsStartAndWait)
  PAWL_HOSTILE_CALL(ExecutionsDescribe)
  PAWL_HOSTILE_CALL(ExecutionsList)
  PAWL_HOSTILE_CALL(ExecutionsStop)
  PAWL_HOSTILE_CALL(ExecutionsRedrive)
  PAWL_HOSTILE_CALL(ExecutionsDescribeMapRun)
  PAWL_HOSTILE_CALL(ExecutionsListMapRuns)
  PAWL_HOSTILE_CALL(ExecutionsUpdateMapRun)
  PAWL_HOSTILE_CALL(ExecutionsSendTaskSuccess)
  PAWL_HOSTILE_CALL(ExecutionsSendTaskFailure)
  PAWL_HOSTILE_CALL(ExecutionsSendTaskHeartbeat)
  PAWL_HOSTILE_CALL(ClusterDescribe)
  PAWL_HOSTILE_CALL(ClusterListQuarantined)
  PAWL_HOSTILE_CALL(ClusterRetryQuarantined)
  PAWL_HOSTILE_CALL(ClusterExportExecution)
#undef PAWL_HOSTILE_CALL

  absl::Status Call(const v1::StateMachinesDescribeRequest&,
                    v1::StateMachinesDescribeResponse* response) override {
    const absl::Status status = Answer(response);
    response->set_definition(HostileDefinition());
    return status;
  }
  absl::Status Call(const v1::ExecutionsGetHistoryRequest&,
                    v1::ExecutionsGetHistoryResponse* response) override {
    // One event of each kind.
    const auto* details = v1::HistoryEvent::descriptor()->FindOneofByName("details");
    for (int i = 0; i < details->field_count(); ++i) {
      v1::HistoryEvent* event = response->add_events();
      event->set_id(i + 1);
      event->set_type(kHostile);
      FillField(details->field(i), 1, event);
    }
    return refuses_ ? Refusal() : absl::OkStatus();
  }
  absl::Status Follow(
      const v1::ExecutionsFollowHistoryRequest&,
      const std::function<void(const v1::ExecutionsFollowHistoryResponse&)>& each) override {
    v1::ExecutionsGetHistoryResponse page;
    absl::Status status = Call(v1::ExecutionsGetHistoryRequest(), &page);
    v1::ExecutionsFollowHistoryResponse batch;
    *batch.mutable_events() = page.events();
    each(batch);
    return status;
  }

 private:
  static absl::Status Refusal() { return absl::FailedPreconditionError(kHostile); }

  absl::Status Answer(Message* response) const {
    if (refuses_) return Refusal();
    Fill(response, 0);
    return absl::OkStatus();
  }

  const bool refuses_;
};

struct Printed {
  std::string out;
  std::string notes;
};

Printed Pawl(const std::vector<std::string>& words, bool refuses) {
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  RunPawl(
      words,
      refuses
          ? Connector([](const absl::StatusOr<ConnectOptions>&) -> std::unique_ptr<EngineClient> {
              return std::make_unique<HostileEngine>(true);
            })
          : Connector([](const absl::StatusOr<ConnectOptions>&) -> std::unique_ptr<EngineClient> {
              return std::make_unique<HostileEngine>(false);
            }));
  std::fflush(stdout);
  std::fflush(stderr);
  Printed printed;
  printed.notes = ::testing::internal::GetCapturedStderr();
  printed.out = ::testing::internal::GetCapturedStdout();
  return printed;
}

// Without the colours of our own: nothing of the hostile text's may be among them.
std::string UnsafePartOf(const std::string& text) {
  std::string plain;
  for (size_t i = 0; i < text.size();) {
    const size_t style = StyleLength(text, i);
    if (style > 0 && text.substr(i, style) == "\x1b[31m") return "a colour of a stranger";
    if (style == 0) plain += text[i];
    i += std::max<size_t>(style, 1);
  }
  for (size_t i = 0; i < plain.size();) {
    const size_t length = Utf8SequenceLength(plain, i);
    if (length == 0) return absl::StrCat("an invalid byte at ", i);
    const uint32_t code_point = DecodeUtf8(absl::string_view(plain).substr(i, length));
    if (IsUnsafeOnTerminal(code_point) && code_point != '\n' && code_point != '\t') {
      return absl::StrCat("code point ", code_point, " behind: ", SafeLines(plain.substr(0, i)));
    }
    i += length;
  }
  return "";
}

class HostileText : public ::testing::Test {
 protected:
  HostileText() : path_(::testing::TempDir() + "/hostile.asl.json") {
    std::ofstream(path_) << HostileDefinition();
    std::ofstream(path_ + ".broken")
        << "{\"StartAt\":\"" << kHostile << "\", \"" << kHostile << "\"";
  }

  const std::string path_;
};

TEST_F(HostileText, MovesNoTerminalInAnyCommand) {
  const std::vector<std::vector<std::string>> commands = {
      {"machine", "create", path_},
      {"machine", "create", "--or-update", path_},
      {"machine", "update", path_},
      {"machine", "validate", path_},
      {"machine", "validate", "--local", path_},
      {"machine", "validate", "--local", path_ + ".broken"},
      {"machine", "list"},
      {"machine", "list", "--names"},
      {"machine", "show", "m"},
      {"machine", "delete", kHostile},
      {"machine", "test-state", path_, "--input", "{}"},
      {"start", "m", "--input", "{}"},
      {"start", "m", "--input", "{}", "--wait"},
      {"list"},
      {"list", "--names"},
      {"show", "m/e"},
      {"history", "m/e"},
      {"history", "m/e", "--full"},
      {"history", "m/e", "--follow"},
      {"watch", "m/e"},
      {"graph", "m"},
      {"graph", "m/e"},
      {"graph", path_ + ".broken"},
      {"graph", "m", "--dot"},
      {"graph", "m", "--svg"},
      {"graph", path_},
      {"stop", "m/e"},
      {"map", "list", "m/e"},
      {"map", "show", "arn"},
      {"map", "update", "arn", "--max-concurrency", "1"},
      {"task", "succeed", "token"},
      {"task", "fail", "token"},
      {"task", "heartbeat", "token"},
      {"cluster"},
      {"cluster", "--limits"},
      {"quarantine", "list"},
      {"quarantine", "export", "17/1"},
      {kHostile},
      {"show", kHostile},
      {"stop", absl::StrCat("m/", kHostile)},
      {"watch", absl::StrCat("m/", kHostile)},
      {"show", absl::StrCat("m/", kHostile)},
      {"history", absl::StrCat("m/", kHostile)},
      {"start", kHostile, "--name", kHostile},
      {"machine", "create", kHostile, path_},
      {"list", kHostile, kHostile},
      {"list", "--status", kHostile},
      {"start", "m", "--input", kHostile},
  };
  for (const std::vector<std::string>& command : commands) {
    for (const char* more : {"--color=never", "--color=always", "--json"}) {
      for (const bool refuses : {false, true}) {
        std::vector<std::string> words = command;
        words.push_back(more);
        const Printed printed = Pawl(words, refuses);
        EXPECT_EQ(UnsafePartOf(printed.out), "") << absl::StrJoin(words, " ");
        EXPECT_EQ(UnsafePartOf(printed.notes), "") << absl::StrJoin(words, " ");
        EXPECT_FALSE(printed.out.empty() && printed.notes.empty() && command[0] != "task" &&
                     command[1] != "delete")
            << absl::StrJoin(words, " ");
      }
    }
  }
}

TEST_F(HostileText, JsonKeepsTheValue) {
  const absl::StatusOr<Value> shown = ParseJson(Pawl({"show", "m/e", "--json"}, false).out);
  ASSERT_TRUE(shown.ok()) << shown.status();
  EXPECT_EQ(shown->Find("error")->AsString(), kHostile);
  EXPECT_EQ(shown->Find("input")->AsObject().begin()->first, kHostile);
}

TEST_F(HostileText, StoredRecordsAreLinesOrOneArray) {
  const std::string lines = Pawl({"quarantine", "export", "17/1"}, false).out;
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 1);
  const auto line = ParseJson(lines);
  ASSERT_TRUE(line.ok()) << line.status();
  const auto array = ParseJson(Pawl({"quarantine", "export", "17/1", "--json"}, false).out);
  ASSERT_TRUE(array.ok()) << array.status();
  ASSERT_TRUE(array->is_array());
  ASSERT_EQ(array->AsArray().size(), 1u);
  EXPECT_EQ(array->AsArray()[0], *line);
}

TEST_F(HostileText, ADefinitionGoesIntoAFileAsItIs) {
  EXPECT_EQ(Pawl({"machine", "show", "m", "--definition"}, false).out, HostileDefinition() + "\n");
}

}  // namespace
}  // namespace pawl::cli
