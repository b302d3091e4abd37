#include "engine/runtime/range/loader.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/runtime/range/parking.h"
#include "engine/runtime/world/log.h"
#include "engine/value/planted_fault.h"

namespace pawl::runtime {
namespace {

constexpr int kPageRows = 500;
constexpr size_t kPageBytes = size_t{8} * 1024 * 1024;
constexpr absl::Duration kRetryDelay = absl::Milliseconds(500);
// Beyond any wake-up time that a Wait can have, and below "never".
constexpr absl::Duration kHorizon = absl::Hours(24 * 366 * 300);

}  // namespace

// A page on its way from the store.
struct Loader::Page {
  Page(MemoryBudget* budget) : memory(budget, MemoryBudget::Use::kLoading) {}
  absl::Status status;
  std::vector<std::unique_ptr<LiveExecution>> executions;
  std::vector<Quarantined> unreadable;
  persistence::ExecutionRef last;    // the last one that was looked at
  persistence::DueCursor due_after;  // of a page of parked ones
  absl::Time next_wake = absl::InfiniteFuture();
  bool is_last = false;
  MemoryShare memory;
};

Loader::Loader(persistence::SlotRange slots, const WorldRef& world, const Options& options,
               MachineCache* machines, MemoryBudget* budget, Strand* strand,
               const ResidentSet* resident, Handlers handlers)
    : slots_(slots),
      world_(world),
      options_(options),
      machines_(machines),
      budget_(budget),
      strand_(strand),
      resident_(resident),
      handlers_(std::move(handlers)) {}

void Loader::LoadResident() {
  loaded_ = 0;
  is_opening_ = true;
  is_more_left_ = false;
  quarantine_.clear();
  LoadPage(persistence::ExecutionRef{slots_.first, 0});
}

// Folds as many of `rows` as a page may hold; on a thread that may block.
void Loader::FillPage(persistence::Store* store, const std::vector<persistence::ExecutionRow>& rows,
                      Page* page) const {
  std::vector<persistence::ExecutionRef> refs;
  for (const persistence::ExecutionRow& row : rows) refs.push_back(row.ref);
  absl::StatusOr<std::vector<persistence::StoredHistory>> histories =
      store->LoadHistories(refs, kPageBytes);
  if (!histories.ok()) {
    page->status = histories.status();
    return;
  }
  for (size_t i = 0; i < histories->size(); ++i) {
    const persistence::StoredHistory& history = (*histories)[i];
    for (const persistence::HistoryRow& stored : history.rows)
      page->memory.Add(stored.record.size());
    absl::StatusOr<std::unique_ptr<LiveExecution>> live =
        Load(arns(), machines_, store, rows[i], history, options_.verify_replay);
    if (live.ok()) {
      page->executions.push_back(*std::move(live));
    } else if (absl::IsDataLoss(live.status())) {
      page->unreadable.push_back(
          Quarantined{rows[i], std::string(live.status().message()), world_.clock->Now()});
    } else {
      page->status = live.status();
      return;
    }
    page->last = rows[i].ref;
    page->due_after = persistence::DueCursor{rows[i].wake_at, rows[i].ref};
  }
  if (histories->size() < rows.size()) page->is_last = false;
}

void Loader::LoadPage(persistence::ExecutionRef after) {
  is_loading_more_ = true;
  auto page = std::make_shared<Page>(budget_);
  page->last = after;
  world_.store->Read(
      ReadLane::kBulk,
      [this, page, after](persistence::Store& store) {
        absl::StatusOr<std::vector<persistence::ExecutionRow>> rows =
            store.ListResident(slots_, after, kPageRows);
        if (!rows.ok()) {
          page->status = rows.status();
          return;
        }
        page->is_last = static_cast<int>(rows->size()) < kPageRows;
        if (!rows->empty()) FillPage(&store, *rows, page.get());
      },
      strand_, IfCurrent([this, page, after] { OnPage(page, after); }));
}

void Loader::OnPage(const std::shared_ptr<Page>& page, persistence::ExecutionRef after) {
  is_loading_more_ = false;
  if (!page->status.ok()) {
    const absl::Duration now = world_.clock->Steady();
    if (now - said_at_ >= absl::Seconds(10)) {
      said_at_ = now;
      Log(LogLevel::kWarning, "executions cannot be loaded yet; trying on",
          {{"why", page->status.ToString()}});
    }
    is_loading_more_ = true;
    return strand_->PostAfter(kRetryDelay, IfCurrent([this, after] { LoadPage(after); }));
  }
  Adopt(page.get());
  is_more_left_ = !page->is_last;
  more_after_ = page->last;
  if (is_more_left_ && !budget_->IsTight()) return LoadPage(page->last);
  if (!is_opening_) return;
  if (is_more_left_) {
    Log(LogLevel::kWarning,
        "memory is short (--memory-limit): the other open executions are loaded as there is room",
        {{"loaded", absl::StrCat(loaded_)}});
  }
  FindFirstWake();
}

void Loader::LoadMore() {
  if (is_more_left_ && !is_loading_more_ && !budget_->IsTight()) LoadPage(more_after_);
}

// Takes what is not in memory meanwhile.
void Loader::Adopt(Page* page) {
  for (const Quarantined& unreadable : page->unreadable) {
    Quarantine(unreadable.row, unreadable.why);
  }
  for (std::unique_ptr<LiveExecution>& live : page->executions) {
    const persistence::ExecutionRef ref = live->row.ref;
    if (resident_->Find(ref) != nullptr || waiters_.count(ref) > 0) continue;
    ++loaded_;
    handlers_.adopt(std::move(live));
  }
}

void Loader::FindFirstWake() {
  auto rows = std::make_shared<absl::StatusOr<std::vector<persistence::ExecutionRow>>>(
      absl::UnavailableError("not read"));
  world_.store->Read(
      ReadLane::kBulk,
      [this, rows, until = world_.clock->Now() + kHorizon](persistence::Store& store) {
        *rows = store.ListDue(slots_, persistence::DueCursor(), until, 1);
      },
      strand_, IfCurrent([this, rows] {
        if (!rows->ok()) {
          return strand_->PostAfter(kRetryDelay, IfCurrent([this] { FindFirstWake(); }));
        }
        is_opening_ = false;
        handlers_.loaded();
        if (!(*rows)->empty()) handlers_.wake((*rows)->front().wake_at - Parking::kDueLead);
      }));
}

void Loader::LoadDue() {
  if (IsPlanted(PlantedFault::kParkedNeverWoken)) return;
  // What has come due since may have been parked after the page that is on its way was read.
  is_due_again_ = is_loading_due_;
  if (is_loading_due_) return;
  is_loading_due_ = true;
  LoadDuePage(persistence::DueCursor());
}

// Page after page from the earliest on; what is in memory already, or in quarantine, is passed over
// and holds up nothing behind it.
void Loader::LoadDuePage(persistence::DueCursor after) {
  if (budget_->IsFull()) {
    is_loading_due_ = false;
    return handlers_.wake(world_.clock->Now() + kRetryDelay);
  }
  auto rows = std::make_shared<absl::StatusOr<std::vector<persistence::ExecutionRow>>>(
      absl::UnavailableError("not read"));
  world_.store->Read(
      ReadLane::kBulk,
      [this, rows, after, until = world_.clock->Now() + kHorizon](persistence::Store& store) {
        *rows = store.ListDue(slots_, after, until, kPageRows);
      },
      strand_, IfCurrent([this, rows] { OnDueRows(*rows); }));
}

void Loader::OnDueRows(const absl::StatusOr<std::vector<persistence::ExecutionRow>>& rows) {
  auto page = std::make_shared<Page>(budget_);
  page->status = rows.status();
  if (!rows.ok()) return OnDuePage(page);
  page->is_last = static_cast<int>(rows->size()) < kPageRows;
  const absl::Time now = world_.clock->Now();
  std::vector<persistence::ExecutionRow> due;
  for (const persistence::ExecutionRow& row : *rows) {
    if (row.wake_at - Parking::kDueLead > now) {
      page->next_wake = row.wake_at - Parking::kDueLead;
      page->is_last = true;
      break;
    }
    page->due_after = persistence::DueCursor{row.wake_at, row.ref};
    const bool is_known = resident_->Find(row.ref) != nullptr || quarantine_.count(row.ref) > 0;
    if (!is_known) due.push_back(row);
  }
  if (due.empty()) return OnDuePage(page);
  world_.store->Read(
      ReadLane::kBulk,
      [this, page, due = std::move(due)](persistence::Store& store) {
        FillPage(&store, due, page.get());
      },
      strand_, IfCurrent([this, page] { OnDuePage(page); }));
}

void Loader::OnDuePage(const std::shared_ptr<Page>& page) {
  if (!page->status.ok()) {
    is_loading_due_ = false;
    return handlers_.wake(world_.clock->Now() + kRetryDelay);
  }
  Adopt(page.get());
  if (!page->is_last) return LoadDuePage(page->due_after);
  is_loading_due_ = false;
  if (std::exchange(is_due_again_, false)) return LoadDue();
  if (page->next_wake != absl::InfiniteFuture()) handlers_.wake(page->next_wake);
}

void Loader::With(persistence::ExecutionRef ref, Waiter then) {
  if (LiveExecution* live = resident_->Find(ref)) return then(live);
  std::vector<Waiter>& waiters = waiters_[ref];
  waiters.push_back(std::move(then));
  if (waiters.size() > 1) return;
  auto loaded = std::make_shared<absl::StatusOr<std::unique_ptr<LiveExecution>>>(nullptr);
  world_.store->Read(
      ReadLane::kBulk,
      [this, ref, loaded](persistence::Store& store) {
        *loaded = ReadAndLoad(arns(), machines_, &store, ref, options_.verify_replay);
      },
      strand_, IfCurrent([this, ref, loaded] { OnLoaded(ref, std::move(*loaded)); }));
}

void Loader::OnLoaded(persistence::ExecutionRef ref,
                      absl::StatusOr<std::unique_ptr<LiveExecution>> loaded) {
  auto waiting = std::move(waiters_[ref]);
  waiters_.erase(ref);
  // It may have come due meanwhile: then it was left to this read.
  const bool is_settled =
      loaded.ok() || absl::IsDataLoss(loaded.status()) || absl::IsNotFound(loaded.status());
  if (!is_settled) handlers_.wake(world_.clock->Now() + kRetryDelay);
  if (absl::IsDataLoss(loaded.status())) {
    persistence::ExecutionRow row;
    row.ref = ref;
    Quarantine(row, std::string(loaded.status().message()));
  }
  if (loaded.ok()) {
    quarantine_.erase(ref);
    if (resident_->Find(ref) == nullptr && !(*loaded)->state.is_closed()) {
      handlers_.adopt(*std::move(loaded));
      loaded = nullptr;
    }
  }
  for (Waiter& waiter : waiting) {
    if (!loaded.ok()) {
      waiter(loaded.status());
    } else {
      waiter(resident_->Find(ref));
    }
  }
}

void Loader::Quarantine(const persistence::ExecutionRow& row, const std::string& why) {
  const auto [it, is_new] =
      quarantine_.try_emplace(row.ref, Quarantined{row, why, world_.clock->Now()});
  if (!is_new && it->second.why == why) return;
  if (!row.name.empty()) it->second.row = row;
  it->second.why = why;
  Log(LogLevel::kError, "an execution is in quarantine: it cannot be read and stays as it is",
      {{"slot", absl::StrCat(row.ref.slot.value())},
       {"id", absl::StrCat(row.ref.id)},
       {"why", why}});
}

void Loader::Stop(const absl::Status& why) {
  ++generation_;
  is_loading_more_ = is_loading_due_ = is_due_again_ = is_opening_ = is_more_left_ = false;
  auto waiting = std::exchange(waiters_, {});
  for (auto& [ref, waiters] : waiting) {
    for (Waiter& waiter : waiters) waiter(why);
  }
}

}  // namespace pawl::runtime
