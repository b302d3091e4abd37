// Which keys a store was sealed under, and sealing it anew.
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "engine/encryption/encrypted_store.h"

namespace pawl::encryption {

using persistence::Document;
using persistence::ExecutionRow;
using persistence::HistoryRow;
using persistence::ListCursor;
using persistence::RecordRewrite;
using persistence::Store;

namespace {

constexpr char kName[] = "payloads";
constexpr int kAttempts = 20;
constexpr int kPage = 200;

struct KeysInUse {
  std::set<std::string> ids;
  int64_t revision = 0;  // of the document; 0: there is none
};

// The document is the ids, one a line.
absl::StatusOr<KeysInUse> ReadKeysInUse(Store& store) {
  const auto document = store.GetDocument("", kEncryptionDocument, kName);
  if (absl::IsNotFound(document.status())) return KeysInUse();
  if (!document.ok()) return document.status();
  KeysInUse keys;
  keys.revision = document->revision;
  for (const absl::string_view id : absl::StrSplit(document->record, '\n', absl::SkipEmpty())) {
    keys.ids.insert(std::string(id));
  }
  return keys;
}

absl::Status PutKeysInUse(Store& store, const KeysInUse& keys) {
  return store.PutDocument(
      {"", kEncryptionDocument, kName, keys.revision + 1, absl::StrJoin(keys.ids, "\n")});
}

// One execution. Adds what was rewritten to `records`.
absl::Status ReencryptOne(const RecordCipher& cipher, Store& store, persistence::ExecutionRef ref,
                          int64_t* records) {
  std::vector<RecordRewrite> rewrites;
  const auto flush = [&]() -> absl::Status {
    if (rewrites.empty()) return absl::OkStatus();
    absl::Status status = store.RewriteRecords(rewrites);
    if (status.ok()) *records += static_cast<int64_t>(rewrites.size());
    rewrites.clear();
    return status;
  };
  const auto add = [&](int64_t sequence, std::string record) -> absl::Status {
    if (cipher.IsCurrent(record)) return absl::OkStatus();
    const Place place{ref, sequence};
    const auto plain = cipher.Open(place, record);
    if (!plain.ok()) return plain.status();
    auto sealed = cipher.Seal(place, *plain);
    if (!sealed.ok()) return sealed.status();
    rewrites.push_back({ref, sequence, std::move(record), *std::move(sealed)});
    return absl::OkStatus();
  };
  for (int64_t from = 1;;) {
    auto rows = store.ReadHistory(ref, from, kPage, /*reverse=*/false);
    if (!rows.ok()) return rows.status();
    if (rows->empty()) break;
    from = rows->back().sequence + 1;
    for (HistoryRow& row : *rows) {
      if (absl::Status status = add(row.sequence, std::move(row.record)); !status.ok()) {
        return status;
      }
    }
    if (absl::Status status = flush(); !status.ok()) return status;
  }
  auto histories = store.LoadHistories({ref}, 0);
  if (!histories.ok()) return histories.status();
  for (auto& history : *histories) {
    if (!history.checkpoint.has_value()) continue;
    if (absl::Status status = add(0, std::move(history.checkpoint->state)); !status.ok()) {
      return status;
    }
  }
  return flush();
}

}  // namespace

absl::Status CheckKeys(const RecordCipher& cipher, Store& store) {
  absl::Status status;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    absl::StatusOr<KeysInUse> keys = ReadKeysInUse(store);
    if (!keys.ok()) return keys.status();
    for (const std::string& id : keys->ids) {
      if (cipher.keys().Has(id)) continue;
      return absl::FailedPreconditionError(
          absl::StrCat("payloads of this store are sealed under the key ", id,
                       ", which --encryption-keys does not have: add it below the new one, and run "
                       "pawl-engine --reencrypt before you take it away"));
    }
    if (!keys->ids.insert(cipher.keys().sealing_id()).second) return absl::OkStatus();
    status = PutKeysInUse(store, *keys);
    if (!absl::IsAborted(status)) return status;
  }
  return status;
}

absl::Status CheckIsPlain(Store& store) {
  const absl::StatusOr<KeysInUse> keys = ReadKeysInUse(store);
  if (!keys.ok()) return keys.status();
  if (keys->ids.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("payloads of this store are encrypted: give --encryption-keys with the key ",
                   absl::StrJoin(keys->ids, ", ")));
}

absl::StatusOr<ReencryptCounts> Reencrypt(
    const RecordCipher& cipher, Store& store,
    const std::function<void(const ReencryptCounts&)>& progress) {
  if (absl::Status status = CheckKeys(cipher, store); !status.ok()) return status;
  ReencryptCounts counts;
  absl::optional<ListCursor> after;
  while (true) {
    const auto page = store.ListExecutions({}, after, kPage);
    if (!page.ok()) return page.status();
    if (page->empty()) break;
    for (const ExecutionRow& row : *page) {
      const absl::Status status = ReencryptOne(cipher, store, row.ref, &counts.records);
      ++counts.executions;
      if (status.ok()) continue;
      if (!absl::IsDataLoss(status)) return status;
      if (++counts.damaged == 1) {
        counts.first_damage =
            absl::StrCat(row.machine, "/", row.name, ": ", std::string(status.message()));
      }
    }
    after = ListCursor{page->back().start_time, page->back().ref};
    progress(counts);
  }
  if (counts.damaged > 0) return counts;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    absl::StatusOr<KeysInUse> keys = ReadKeysInUse(store);
    if (!keys.ok()) return keys.status();
    keys->ids = {cipher.keys().sealing_id()};
    const absl::Status status = PutKeysInUse(store, *keys);
    if (status.ok()) return counts;
    if (!absl::IsAborted(status)) return status;
  }
  return absl::AbortedError("other nodes change the keys at the same time");
}

}  // namespace pawl::encryption
