// Ownership of ranges: taking, leases, release.
#include <utility>

#include "absl/strings/str_cat.h"
#include "persistence/columns.h"
#include "persistence/postgres/binary_format.h"
#include "persistence/postgres/postgres_store_impl.h"
#include "persistence/row_checks.h"

namespace pawl::persistence {
namespace {

constexpr char kRangeColumns[] =
    "first_slot, last_slot, owner, owner_address, epoch, batch_seq, lease_until";

absl::StatusOr<RangeState> RangeFrom(const SqlRows& rows, int row) {
  for (int column = 0; column < 7; ++column) {
    if (!rows.IsNull(row, column)) continue;
    return absl::DataLossError(
        "a row of the table ranges in postgres cannot be read: restore a backup");
  }
  RangeState state;
  state.slots = {Slot(rows.Int(row, 0)), Slot(rows.Int(row, 1))};
  state.owner = rows.Text(row, 2);
  state.owner_address = rows.Text(row, 3);
  state.epoch = rows.Int(row, 4);
  state.batch_seq = rows.Int(row, 5);
  state.lease_until = FromMicros(rows.Int(row, 6));
  return state;
}

}  // namespace

absl::StatusOr<std::vector<RangeState>> PostgresStore::ListRanges() {
  std::vector<RangeState> ranges;
  absl::Status status =
      Read(calls_, absl::StrCat("SELECT ", kRangeColumns, " FROM @.ranges ORDER BY 1"), {},
           [&](const SqlRows& rows, int row) {
             absl::StatusOr<RangeState> range = RangeFrom(rows, row);
             if (range.ok()) ranges.push_back(*std::move(range));
             return range.status();
           });
  if (!status.ok()) return status;
  return ranges;
}

absl::StatusOr<RangeState> PostgresStore::TakeRange(SlotRange range, const Claim& claim) {
  if (claim.owner.empty() || !IsStorableText(claim.owner) || !IsStorableText(claim.address)) {
    return absl::InvalidArgumentError("TakeRange needs the name of an owner, in UTF-8");
  }
  const std::vector<std::string> slots = {BinaryInt(range.first.value()),
                                          BinaryInt(range.last.value())};
  std::vector<std::string> parameters = slots;
  parameters.insert(parameters.end(), {BinaryText(claim.owner), BinaryText(claim.address),
                                       BinaryInt(absl::ToInt64Microseconds(claim.lease)),
                                       BinaryText(claim.dead_owner)});
  absl::optional<RangeState> taken;
  // The row lock waits for the old owner's open transaction; after that wait the conditions are
  // looked at anew. A transaction that stays open is ended by the server (idle_limit), and the wait
  // ends before a lease would (lock_limit).
  absl::Status status = Write(
      ownership_,
      absl::StrCat("UPDATE @.ranges SET owner = $3::text, owner_address = $4::text, "
                   "epoch = epoch + 1, lease_micros = $5::int8, lease_until = ",
                   kNowMicros,
                   " + $5::int8 WHERE first_slot = $1::int8 AND last_slot = $2::int8 "
                   "AND (owner = '' OR owner = $3::text OR owner = $6::text OR lease_until < ",
                   kNowMicros, ") RETURNING ", kRangeColumns),
      parameters, [&](const SqlRows& rows) -> absl::Status {
        if (rows.size() != 1) return absl::OkStatus();
        absl::StatusOr<RangeState> state = RangeFrom(rows, 0);
        if (state.ok()) taken = *std::move(state);
        return state.status();
      });
  if (!status.ok()) return status;
  if (taken.has_value()) return *std::move(taken);
  absl::Status refusal =
      absl::NotFoundError(absl::StrCat("there is no range of ", DebugString(range)));
  status = Read(
      ownership_, "SELECT owner FROM @.ranges WHERE first_slot = $1::int8 AND last_slot = $2::int8",
      slots, [&](const SqlRows& rows, int row) {
        refusal = absl::UnavailableError(absl::StrCat(
            DebugString(range), " belong to ", rows.Text(row, 0), ", whose lease has not ended"));
        return absl::OkStatus();
      });
  return status.ok() ? refusal : status;
}

absl::Status PostgresStore::WriteOwned(absl::string_view sql,
                                       const std::vector<std::string>& parameters, SlotRange range,
                                       int64_t epoch) {
  return Write(ownership_, sql, parameters, [&](const SqlRows& rows) {
    if (rows.affected() == 1) return absl::OkStatus();
    return absl::AbortedError(
        absl::StrCat(DebugString(range), ": epoch ", epoch, " no longer owns the range"));
  });
}

absl::Status PostgresStore::RenewLease(SlotRange range, int64_t epoch, absl::Duration lease) {
  return WriteOwned(
      absl::StrCat("UPDATE @.ranges SET lease_micros = $4::int8, lease_until = ", kNowMicros,
                   " + $4::int8 WHERE first_slot = $1::int8 AND "
                   "last_slot = $2::int8 AND epoch = $3::int8"),
      {BinaryInt(range.first.value()), BinaryInt(range.last.value()), BinaryInt(epoch),
       BinaryInt(absl::ToInt64Microseconds(lease))},
      range, epoch);
}

absl::Status PostgresStore::ReleaseRange(SlotRange range, int64_t epoch) {
  // The epoch moves on, so that a batch of the released one which is still under way is fenced.
  return WriteOwned(
      "UPDATE @.ranges SET owner = '', owner_address = '', lease_until = 0, epoch = epoch + 1 "
      "WHERE first_slot = $1::int8 AND last_slot = $2::int8 AND epoch = $3::int8",
      {BinaryInt(range.first.value()), BinaryInt(range.last.value()), BinaryInt(epoch)}, range,
      epoch);
}

}  // namespace pawl::persistence
