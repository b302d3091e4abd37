#include "engine/machine_test/read_test_file.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/asl/compile.h"
#include "engine/asl/locate.h"
#include "engine/expr/timestamp.h"
#include "engine/machine_test/read_expectation.h"
#include "engine/machine_test/read_mock_config.h"
#include "engine/machine_test/read_mocks.h"
#include "engine/value/json.h"

namespace pawl::machine_test {
namespace {

// A moment like any other: cases that do not care start then.
const absl::Time kDefaultNow = absl::FromUnixSeconds(1'767'225'600);  // 2026-01-01T00:00:00Z

std::string Beside(const std::string& path, const std::string& name) {
  const size_t slash = path.rfind('/');
  if (absl::StartsWith(name, "/") || slash == std::string::npos) return name;
  return absl::StrCat(path.substr(0, slash + 1), name);
}

std::string NameOf(const std::string& path) {
  const std::string file = path.substr(path.rfind('/') + 1);
  return file.substr(0, file.find('.'));
}

class TestFileReader {
 public:
  TestFileReader(const std::string& path, const ReadOptions& options, FileProblem* problem)
      : path_(path), options_(options), problem_(*problem), sink_(&problem_.diagnostics) {}

  bool Run(std::vector<TestFile>* out);

 private:
  void ReadOwn(const Value& document, TestFile* out);
  void ReadMachines(asl::FieldReader* reader, TestFile* out);
  void ReadObjects(asl::FieldReader* reader, TestFile* out);
  void ReadCase(asl::FieldReader reader, TestCase test, TestFile* out);
  absl::optional<absl::Time> TakeTime(asl::FieldReader* reader, absl::string_view field);
  // nullopt, and a diagnostic at `pointer`, where the file cannot be read or does not compile.
  absl::StatusOr<DefinitionText> ReadMachineFile(const std::string& file) const;
  std::string FindDefinition(const std::string& name) const;
  absl::optional<Machine> LoadMachine(const std::string& name, const std::string& file,
                                      const std::string& pointer);
  MockConfig LoadMockConfig(const std::string& file, const std::string& pointer);
  void ReadConfig(const Value& document, std::vector<TestFile>* out);
  bool Locate();

  const std::string& path_;
  const ReadOptions& options_;
  FileProblem& problem_;
  asl::DiagnosticSink sink_;
  MockConfig config_;  // of "mockConfig"
};

bool TestFileReader::Run(std::vector<TestFile>* out) {
  problem_ = FileProblem{path_, "", {}};
  absl::StatusOr<std::string> text = options_.read(path_);
  if (!text.ok()) {
    sink_.Error("CANNOT_READ", "", std::string(text.status().message()),
                "give the path of a test file (docs/testing.md says what is in one)");
    return false;
  }
  problem_.text = *std::move(text);
  absl::StatusOr<Value> document = ParseJson(problem_.text);
  if (!document.ok()) {
    sink_.Add(asl::Severity::kError, "INVALID_JSON", "", std::string(document.status().message()));
    asl::Diagnostic& problem = problem_.diagnostics.back();
    std::sscanf(problem.message.c_str(), "invalid JSON at line %d, column %d", &problem.line,
                &problem.column);
    return false;
  }
  if (LooksLikeMockConfig(*document)) {
    ReadConfig(*document, out);
  } else {
    TestFile file;
    file.path = path_;
    ReadOwn(*document, &file);
    out->push_back(std::move(file));
  }
  return Locate();
}

bool TestFileReader::Locate() {
  for (asl::Diagnostic& problem : problem_.diagnostics) {
    if (problem.line > 0) continue;
    const asl::TextPosition position = asl::Locate(problem_.text, {problem.pointer}).front();
    problem.line = position.line;
    problem.column = position.column;
  }
  return problem_.diagnostics.empty();
}

absl::StatusOr<DefinitionText> TestFileReader::ReadMachineFile(const std::string& file) const {
  if (options_.read_definition != nullptr) return options_.read_definition(file);
  absl::StatusOr<std::string> text = options_.read(file);
  if (!text.ok()) return text.status();
  return DefinitionText{*std::move(text), nullptr};
}

absl::optional<Machine> TestFileReader::LoadMachine(const std::string& name,
                                                    const std::string& file,
                                                    const std::string& pointer) {
  absl::StatusOr<DefinitionText> text = ReadMachineFile(file);
  if (!text.ok()) {
    sink_.Schema(pointer, std::string(text.status().message()),
                 "paths are relative to the test file");
    return absl::nullopt;
  }
  std::vector<asl::Diagnostic> diagnostics;
  if (asl::Compile(text->json, {}, &diagnostics) == nullptr) {
    const auto error =
        std::find_if(diagnostics.begin(), diagnostics.end(),
                     [](const asl::Diagnostic& d) { return d.severity == asl::Severity::kError; });
    asl::TextPosition position = {error->line, error->column};
    if (text->place != nullptr) position = text->place(error->pointer);
    sink_.Schema(pointer, absl::StrCat(file, ":", position.line, ":", position.column, ": ",
                                       error->message));
    return absl::nullopt;
  }
  return Machine{name, file, std::move(text->json)};
}

absl::optional<absl::Time> TestFileReader::TakeTime(asl::FieldReader* reader,
                                                    absl::string_view field) {
  const absl::optional<std::string> text = reader->TakeString(field);
  if (!text.has_value()) return absl::nullopt;
  const absl::optional<absl::Time> time = expr::ParseTimestamp(*text);
  if (!time.has_value()) {
    reader->Error(field, absl::StrCat("'", *text, "' is no time; write \"2026-01-31T09:00:00Z\""));
  }
  return time;
}

void TestFileReader::ReadMachines(asl::FieldReader* reader, TestFile* out) {
  if (const absl::optional<std::string> file = reader->TakeString("definition")) {
    const std::string path =
        options_.definition.empty() ? Beside(path_, *file) : options_.definition;
    if (auto machine = LoadMachine(NameOf(path), path, reader->PointerTo("definition"))) {
      out->machine = *std::move(machine);
    }
  } else if (!options_.definition.empty()) {
    if (auto machine = LoadMachine(NameOf(options_.definition), options_.definition, "")) {
      out->machine = *std::move(machine);
    }
  } else {
    reader->Require({"definition"});
  }
  const Value* machines = reader->TakeObject("machines");
  if (machines == nullptr) return;
  asl::FieldReader names(&sink_, *machines, reader->PointerTo("machines"));
  for (const auto& [name, ignored] : machines->AsObject()) {
    const absl::optional<std::string> file = names.TakeString(name);
    if (!file.has_value()) continue;
    if (auto machine = LoadMachine(name, Beside(path_, *file), names.PointerTo(name))) {
      out->children.push_back(*std::move(machine));
    }
  }
}

void TestFileReader::ReadObjects(asl::FieldReader* reader, TestFile* out) {
  const Value* objects = reader->TakeObject("objects");
  if (objects == nullptr) return;
  asl::FieldReader names(&sink_, *objects, reader->PointerTo("objects"));
  for (const auto& [name, json] : objects->AsObject()) {
    const size_t slash = name.find('/');
    if (slash == std::string::npos || slash == 0 || slash + 1 == name.size()) {
      names.Error(name, "An object's name is BUCKET/KEY");
      continue;
    }
    std::string body;
    const Value* file = json.Find("file");
    if (json.is_object() && json.AsObject().size() == 1 && file != nullptr && file->is_string()) {
      absl::StatusOr<std::string> text = options_.read(Beside(path_, file->AsString()));
      if (text.ok()) {
        body = *std::move(text);
      } else {
        names.Error(name, std::string(text.status().message()));
      }
    } else {
      body = json.is_string() ? json.AsString() : ToJson(json);
    }
    out->objects.push_back({{name.substr(0, slash), name.substr(slash + 1)}, body});
  }
}

void TestFileReader::ReadCase(asl::FieldReader reader, TestCase test, TestFile* out) {
  test.name = reader.TakeString("name").value_or("");
  reader.Take("comment");
  reader.Require({"name"});
  if (const Value* input = reader.Take("input")) test.input = *input;
  if (const auto now = TakeTime(&reader, "now")) test.now = *now;
  if (const absl::optional<std::string> name = reader.TakeString("mockCase")) {
    const auto& cases = config_[out->machine.name];
    const auto it = cases.find(*name);
    if (it == cases.end()) {
      reader.Error("mockCase", absl::StrCat("The mock configuration has no test case '", *name,
                                            "' of machine '", out->machine.name, "'"));
    } else {
      for (const auto& [state, mock] : it->second) test.mocks.states[state] = mock;
    }
  }
  TakeMocks(&reader, &test.mocks);
  if (const Value* expect = reader.TakeObject("expect")) {
    test.expect = ReadExpectation(asl::FieldReader(&sink_, *expect, reader.PointerTo("expect")));
  }
  reader.RejectUnknown();
  out->cases.push_back(std::move(test));
}

MockConfig TestFileReader::LoadMockConfig(const std::string& file, const std::string& pointer) {
  absl::StatusOr<std::string> text = options_.read(file);
  absl::StatusOr<Value> json = text.ok() ? ParseJson(*text) : text.status();
  if (!json.ok()) {
    sink_.Schema(pointer, absl::StrCat(file, ": ", std::string(json.status().message())),
                 "paths are relative to the test file; docs/testing.md says what is in one");
    return {};
  }
  // Its problems are told at the place that names it.
  std::vector<asl::Diagnostic> problems;
  asl::DiagnosticSink sink(&problems);
  MockConfig config = ReadMockConfig(*json, &sink);
  for (const asl::Diagnostic& problem : problems) {
    const int line = asl::Locate(*text, {problem.pointer}).front().line;
    sink_.Schema(pointer, absl::StrCat(file, ":", line, ": ", problem.message));
  }
  return config;
}

void TestFileReader::ReadOwn(const Value& document, TestFile* out) {
  asl::FieldReader reader(&sink_, document, "");
  reader.Take("comment");
  reader.Take("$schema");
  ReadMachines(&reader, out);
  ReadObjects(&reader, out);
  if (const absl::optional<std::string> file = reader.TakeString("mockConfig")) {
    config_ = LoadMockConfig(Beside(path_, *file), reader.PointerTo("mockConfig"));
  }
  TestCase common;
  common.now = TakeTime(&reader, "now").value_or(kDefaultNow);
  TakeMocks(&reader, &common.mocks);
  reader.Require({"cases"});
  if (const Value* cases = reader.TakeArray("cases")) {
    for (size_t i = 0; i < cases->AsArray().size(); ++i) {
      const std::string pointer = absl::StrCat(reader.PointerTo("cases"), "/", i);
      ReadCase(asl::FieldReader(&sink_, cases->AsArray()[i], pointer), common, out);
    }
    if (cases->AsArray().empty()) reader.Error("cases", "There is no case");
  }
  reader.RejectUnknown();
}

// NAME.asl.json beside the file, or the YAML that stands there instead.
std::string TestFileReader::FindDefinition(const std::string& name) const {
  std::string json = Beside(path_, absl::StrCat(name, ".asl.json"));
  if (options_.read_definition == nullptr || options_.read(json).ok()) return json;
  for (const char* ending : {".asl.yaml", ".asl.yml"}) {
    const std::string yaml = Beside(path_, absl::StrCat(name, ending));
    if (options_.read(yaml).ok()) return yaml;
  }
  return json;
}

// Every test case of every machine: it must succeed, for the format says nothing else.
void TestFileReader::ReadConfig(const Value& document, std::vector<TestFile>* out) {
  const MockConfig config = ReadMockConfig(document, &sink_);
  for (const auto& [name, cases] : config) {
    if (options_.only_machine.has_value() && name != *options_.only_machine) continue;
    const std::string definition =
        options_.definition.empty() ? FindDefinition(name) : options_.definition;
    const std::string pointer = absl::StrCat("/StateMachines/", asl::EscapePointer(name));
    absl::optional<Machine> machine = LoadMachine(name, definition, pointer);
    if (!machine.has_value()) continue;
    TestFile file;
    file.path = path_;
    file.machine = *std::move(machine);
    for (const auto& [case_name, states] : cases) {
      TestCase test;
      test.name = config.size() > 1 ? absl::StrCat(name, ": ", case_name) : case_name;
      test.now = kDefaultNow;
      test.mocks.states = states;
      if (options_.input.has_value()) test.input = *options_.input;
      test.expect.status = "SUCCEEDED";
      file.cases.push_back(std::move(test));
    }
    out->push_back(std::move(file));
  }
}

}  // namespace

bool ReadTestFile(const std::string& path, const ReadOptions& options, std::vector<TestFile>* out,
                  FileProblem* problem) {
  return TestFileReader(path, options, problem).Run(out);
}

}  // namespace pawl::machine_test
