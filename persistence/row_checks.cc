#include "persistence/row_checks.h"

#include <algorithm>
#include <cstdint>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"

namespace pawl::persistence {
namespace {

struct Utf8Form {
  int length = 0;  // 0: not a first byte
  uint32_t bits = 0;
  uint32_t smallest = 0;  // below it the form is overlong
};

Utf8Form FormOf(unsigned char first) {
  if (first < 0x80) return {1, first, 0};
  if ((first & 0xE0) == 0xC0) return {2, first & 0x1Fu, 0x80};
  if ((first & 0xF0) == 0xE0) return {3, first & 0x0Fu, 0x800};
  if ((first & 0xF8) == 0xF0) return {4, first & 0x07u, 0x10000};
  return {};
}

// Length of the character at the front of `text`, 0 where there is none that PostgreSQL would take.
size_t CharacterLength(absl::string_view text) {
  const Utf8Form form = FormOf(static_cast<unsigned char>(text[0]));
  const size_t length = static_cast<size_t>(form.length);
  if (length == 0 || length > text.size()) return 0;
  uint32_t code = form.bits;
  for (size_t i = 1; i < length; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xC0) != 0x80) return 0;
    code = (code << 6) | (byte & 0x3Fu);
  }
  const bool is_surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (code == 0 || code < form.smallest || code > 0x10FFFF || is_surrogate) return 0;
  return length;
}

CommitOutcome Rejected(const ExecutionRef& ref, absl::string_view why) {
  CommitOutcome outcome;
  outcome.kind = CommitOutcome::Kind::kRejected;
  outcome.rejected = ref;
  outcome.message = absl::StrCat("execution ", DebugString(ref), ": ", why);
  return outcome;
}

template <typename Row>
absl::optional<CommitOutcome> RefuseSlots(const SlotRange& range, const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    if (row.ref.slot < range.first || row.ref.slot > range.last) {
      return Rejected(row.ref, absl::StrCat("not in the batch's ", DebugString(range)));
    }
  }
  return absl::nullopt;
}

absl::optional<CommitOutcome> RefuseRows(const CommitBatch& batch) {
  for (const ExecutionRow& row : batch.starts) {
    if (!IsStorableText(row.ns) || !IsStorableText(row.machine) || !IsStorableText(row.name) ||
        !IsStorableText(row.alias)) {
      return Rejected(row.ref, "its names must be UTF-8 without NUL");
    }
  }
  for (const HistoryRow& row : batch.history) {
    if (row.record.size() > kMaxRecordBytes) {
      return Rejected(row.ref, absl::StrCat("a transition of ", row.record.size(),
                                            " bytes is above the limit of ", kMaxRecordBytes));
    }
  }
  for (const CheckpointRow& row : batch.checkpoints) {
    if (row.state.size() > kMaxRecordBytes) {
      return Rejected(row.ref, absl::StrCat("a checkpoint of ", row.state.size(),
                                            " bytes is above the limit of ", kMaxRecordBytes));
    }
  }
  return absl::nullopt;
}

}  // namespace

bool IsStorableText(absl::string_view text) {
  while (!text.empty()) {
    const size_t length = CharacterLength(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string RepairedText(absl::string_view text) {
  std::string repaired;
  while (!text.empty()) {
    const size_t length = CharacterLength(text);
    absl::StrAppend(&repaired, length == 0 ? "\xEF\xBF\xBD" : text.substr(0, length));
    text.remove_prefix(std::max<size_t>(length, 1));
  }
  return repaired;
}

absl::optional<CommitOutcome> RefuseBatch(const CommitBatch& batch) {
  if (auto refusal = RefuseSlots(batch.range, batch.starts)) return refusal;
  if (auto refusal = RefuseSlots(batch.range, batch.history)) return refusal;
  if (auto refusal = RefuseSlots(batch.range, batch.updates)) return refusal;
  if (auto refusal = RefuseSlots(batch.range, batch.redrives)) return refusal;
  if (auto refusal = RefuseSlots(batch.range, batch.checkpoints)) return refusal;
  return RefuseRows(batch);
}

absl::Status CheckRevision(const MachineRevision& revision) {
  for (const std::string* text :
       {&revision.ns, &revision.name, &revision.definition, &revision.role_arn, &revision.type}) {
    if (!IsStorableText(*text)) {
      return absl::InvalidArgumentError("a state machine's texts must be UTF-8 without NUL");
    }
  }
  if (revision.revision < 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("revision ", revision.revision, " of a state machine: they begin at 1"));
  }
  return absl::OkStatus();
}

absl::Status CheckDocument(const Document& document) {
  for (const std::string* text : {&document.ns, &document.kind, &document.name}) {
    if (!IsStorableText(*text)) {
      return absl::InvalidArgumentError("a document's names must be UTF-8 without NUL");
    }
  }
  if (document.revision < 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("revision ", document.revision, " of a document: they begin at 1"));
  }
  return absl::OkStatus();
}

size_t BytesOf(const StoredHistory& history) {
  size_t bytes = history.checkpoint.has_value() ? history.checkpoint->state.size() : 0;
  for (const HistoryRow& row : history.rows) bytes += row.record.size();
  return bytes;
}

absl::Status CheckGapless(const StoredHistory& history) {
  int64_t expected = history.checkpoint.has_value() ? history.checkpoint->sequence + 1 : 1;
  for (const HistoryRow& row : history.rows) {
    if (row.sequence != expected) {
      return absl::DataLossError(absl::StrCat("history of execution ", DebugString(history.ref),
                                              ": transition ", expected, " is missing (found ",
                                              row.sequence, ")"));
    }
    ++expected;
  }
  return absl::OkStatus();
}

template <typename Row>
std::vector<const Row*> LastPerExecution(const std::vector<Row>& rows) {
  std::vector<const Row*> result;
  result.reserve(rows.size());
  absl::flat_hash_map<ExecutionRef, size_t> index;
  index.reserve(rows.size());
  for (const Row& row : rows) {
    const auto [it, inserted] = index.try_emplace(row.ref, result.size());
    if (inserted) {
      result.push_back(&row);
    } else {
      result[it->second] = &row;
    }
  }
  return result;
}

template std::vector<const ExecutionUpdate*> LastPerExecution(const std::vector<ExecutionUpdate>&);
template std::vector<const RedriveUpdate*> LastPerExecution(const std::vector<RedriveUpdate>&);
template std::vector<const CheckpointRow*> LastPerExecution(const std::vector<CheckpointRow>&);

std::string DebugString(const ExecutionRef& ref) {
  return absl::StrCat("slot ", ref.slot.value(), " id ", ref.id);
}

std::string DebugString(const SlotRange& range) {
  return absl::StrCat("slots ", range.first.value(), "-", range.last.value());
}

std::vector<SlotRange> EvenRanges(int count) {
  count = std::clamp(count, 1, kSlotCount);
  std::vector<SlotRange> ranges;
  Slot first;
  for (int i = 1; i <= count; ++i) {
    const Slot last(int64_t{kSlotCount} * i / count - 1);
    ranges.push_back({first, last});
    first = last.Next();
  }
  return ranges;
}

}  // namespace pawl::persistence
