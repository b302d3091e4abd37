#include "persistence/columns.h"

#include <algorithm>
#include <limits>

#include "absl/strings/str_cat.h"
#include "persistence/row_checks.h"

namespace pawl::persistence {
namespace {

constexpr int64_t kInfinity = std::numeric_limits<int64_t>::max();
constexpr int64_t kLeast = std::numeric_limits<int64_t>::min();

// Collects what is wrong with a row while its columns are read.
class Findings {
 public:
  int64_t Number(const char* column, const absl::optional<int64_t>& value, int64_t least,
                 int64_t most = kInfinity) {
    if (!value.has_value()) {
      Add(absl::StrCat(column, " is not a number"));
      return 0;
    }
    if (*value < least || *value > most) Add(absl::StrCat(column, " is ", *value));
    return *value;
  }
  std::string Text(const char* column, absl::optional<std::string> value) {
    if (!value.has_value()) {
      Add(absl::StrCat(column, " is not text"));
      return "";
    }
    if (IsStorableText(*value)) return *std::move(value);
    Add(absl::StrCat(column, " is not UTF-8"));
    return RepairedText(*value);
  }
  void Add(absl::string_view what) { absl::StrAppend(&text_, text_.empty() ? "" : ", ", what); }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace

int64_t ToMicros(absl::Time time) { return absl::ToUnixMicros(time); }

absl::Time FromMicros(int64_t micros) {
  if (micros == kInfinity) return absl::InfiniteFuture();
  if (micros == std::numeric_limits<int64_t>::min()) return absl::InfinitePast();
  return absl::FromUnixMicros(micros);
}

absl::optional<int64_t> WakeColumn(Status status, bool parked, absl::Time wake_at) {
  if (status != Status::kRunning) return absl::nullopt;
  if (!parked) return kResidentWake;
  return std::max(kResidentWake + 1, ToMicros(wake_at));
}

void SetFromWakeColumn(absl::optional<int64_t> column, ExecutionRow* row) {
  row->parked = column.has_value() && *column > kResidentWake;
  row->wake_at = row->parked ? FromMicros(*column) : absl::InfiniteFuture();
}

ExecutionRef BeforeFirst(const SlotRange& range) {
  return {Slot(range.first.value() - 1), kInfinity};
}

WakeBound FirstDueAfter(const DueCursor& after) {
  const int64_t wake_at = ToMicros(after.wake_at);
  if (wake_at > kResidentWake) return {wake_at, after.ref};
  return {kResidentWake, {Slot(std::numeric_limits<int32_t>::max()), kInfinity}};
}

absl::StatusOr<Status> StatusFromColumn(int64_t column) {
  if (column < static_cast<int64_t>(Status::kRunning) ||
      column > static_cast<int64_t>(Status::kAborted)) {
    return absl::DataLossError(absl::StrCat("unknown execution status ", column, " in the store"));
  }
  return static_cast<Status>(column);
}

ExecutionRow ExecutionFromColumns(ExecutionColumns columns) {
  Findings findings;
  ExecutionRow row;
  row.ref.id = findings.Number("id", columns.id, kLeast);
  row.ref.slot = Slot(findings.Number("slot", columns.slot, 0, kSlotCount - 1));
  row.ns = findings.Text("ns", std::move(columns.ns));
  row.machine = findings.Text("machine", std::move(columns.machine));
  row.name = findings.Text("name", std::move(columns.name));
  row.revision = findings.Number("revision", columns.revision, 0);
  row.version = findings.Number("version", columns.version, 0);
  row.alias = findings.Text("alias", std::move(columns.alias));
  const auto status = StatusFromColumn(columns.status.value_or(0));
  if (status.ok()) {
    row.status = *status;
  } else if (columns.status.has_value()) {
    findings.Add(absl::StrCat("status is ", *columns.status));
  } else {
    findings.Add("status is not a number");
  }
  row.start_time = FromMicros(findings.Number("start_time", columns.start_time, kLeast));
  row.stop_time = FromMicros(findings.Number("stop_time", columns.stop_time, kLeast));
  row.redrive_count = static_cast<int32_t>(findings.Number("redrive_count", columns.redrive_count,
                                                           0, std::numeric_limits<int32_t>::max()));
  row.redrive_time = FromMicros(findings.Number("redrive_time", columns.redrive_time, kLeast));
  if (columns.is_wake_odd) findings.Add("wake_at is not a number");
  if (columns.wake_at.has_value()) findings.Number("wake_at", columns.wake_at, kResidentWake);
  SetFromWakeColumn(columns.wake_at, &row);
  if (!findings.text().empty()) row.damage = absl::StrCat("the stored row: ", findings.text());
  return row;
}

absl::StatusOr<HistoryRow> HistoryFromColumns(ExecutionRef ref, HistoryColumns columns) {
  Findings findings;
  HistoryRow row;
  row.ref = ref;
  row.sequence = findings.Number("sequence", columns.sequence, 1);
  row.first_event = findings.Number("first_event", columns.first_event, 0);
  row.event_count = findings.Number("event_count", columns.event_count, 0);
  if (!columns.record.has_value()) findings.Add("record is not bytes");
  if (!findings.text().empty()) {
    return absl::DataLossError(absl::StrCat("history of execution ", DebugString(ref),
                                            ", transition ", row.sequence, ": ", findings.text()));
  }
  row.record = *std::move(columns.record);
  return row;
}

MachineRevision MachineFromColumns(MachineColumns columns) {
  Findings findings;
  MachineRevision revision;
  revision.ns = findings.Text("ns", std::move(columns.ns));
  revision.name = findings.Text("name", std::move(columns.name));
  revision.revision = findings.Number("revision", columns.revision, 1);
  revision.definition = findings.Text("definition", std::move(columns.definition));
  revision.role_arn = findings.Text("role_arn", std::move(columns.role_arn));
  revision.type = findings.Text("type", std::move(columns.type));
  if (!columns.settings.has_value()) findings.Add("settings are not bytes");
  revision.settings = std::move(columns.settings).value_or("");
  revision.create_time = FromMicros(findings.Number("create_time", columns.create_time, kLeast));
  revision.revision_time =
      FromMicros(findings.Number("revision_time", columns.revision_time, kLeast));
  if (!findings.text().empty()) {
    revision.damage = absl::StrCat("the stored row: ", findings.text());
  }
  return revision;
}

absl::StatusOr<MachineRevision> Undamaged(MachineRevision revision, absl::string_view place) {
  if (revision.damage.empty()) return revision;
  return absl::DataLossError(absl::StrCat("revision ", revision.revision, " of state machine ",
                                          revision.name, " cannot be read from ", place, ": ",
                                          revision.damage, "; restore a backup"));
}

}  // namespace pawl::persistence
