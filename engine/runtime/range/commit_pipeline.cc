#include "engine/runtime/range/commit_pipeline.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/runtime/world/log.h"
#include "engine/value/check.h"
#include "engine/value/planted_fault.h"

namespace pawl::runtime {
namespace {

constexpr absl::Duration kFirstRetry = absl::Milliseconds(200);
constexpr absl::Duration kLastRetry = absl::Seconds(2);
constexpr absl::Duration kSayAgain = absl::Seconds(30);

}  // namespace

CommitPipeline::CommitPipeline(const WorldRef& world, const Options& options, Strand* strand,
                               Ownership* ownership, Metrics* metrics, Handlers handlers)
    : world_(world),
      options_(options),
      strand_(strand),
      ownership_(ownership),
      metrics_(metrics),
      handlers_(std::move(handlers)),
      retry_delay_(kFirstRetry) {}

void CommitPipeline::Add(TransitionRows rows, Transition transition) {
  const size_t bytes = rows.bytes();
  Batch* batch = &small_;
  if (bytes > kLargeBytes) {
    if (large_.empty() || large_.back().bytes >= kLargeBatchBytes) large_.emplace_back();
    batch = &large_.back();
  }
  persistence::CommitBatch& out = *batch->rows;
  if (rows.start.has_value()) out.starts.push_back(*std::move(rows.start));
  if (rows.history.has_value()) out.history.push_back(*std::move(rows.history));
  if (rows.update.has_value()) out.updates.push_back(*std::move(rows.update));
  if (rows.redrive.has_value()) out.redrives.push_back(*rows.redrive);
  if (rows.checkpoint.has_value()) out.checkpoints.push_back(*std::move(rows.checkpoint));
  batch->bytes += bytes;
  batch->events += transition.events;
  filling_bytes_ += bytes;
  filling_events_ += transition.events;
  ++filling_transitions_;
  batch->transitions.push_back(std::move(transition));
}

bool CommitPipeline::IsFull() const {
  return filling_transitions_ >= options_.max_batch_transitions ||
         filling_bytes_ >= options_.max_batch_bytes;
}

// There is one.
CommitPipeline::Batch CommitPipeline::TakeNext() {
  Batch next;
  if (!large_.empty() && (is_large_next_ || small_.IsEmpty())) {
    next = std::move(large_.front());
    large_.pop_front();
    is_large_next_ = false;
  } else {
    next = std::exchange(small_, Batch());
    is_large_next_ = true;
  }
  filling_transitions_ -= next.transitions.size();
  filling_bytes_ -= next.bytes;
  filling_events_ -= next.events;
  return next;
}

void CommitPipeline::Send() {
  if (is_in_flight_ || (small_.IsEmpty() && large_.empty())) return;
  in_flight_ = TakeNext();
  in_flight_.rows->range = ownership_->slots();
  in_flight_.rows->epoch = ownership_->epoch();
  in_flight_.rows->batch_seq = ownership_->batch_seq() + 1;
  is_in_flight_ = true;
  Commit();
}

void CommitPipeline::Commit() {
  world_.store->Commit(in_flight_.rows, strand_,
                       [this, generation = generation_,
                        sent = world_.clock->Steady()](persistence::CommitOutcome outcome) {
                         if (generation == generation_) OnOutcome(sent, std::move(outcome));
                       });
}

void CommitPipeline::OnOutcome(absl::Duration sent, persistence::CommitOutcome outcome) {
  using Kind = persistence::CommitOutcome::Kind;
  switch (outcome.kind) {
    case Kind::kCommitted:
      return OnCommitted(sent);
    case Kind::kNameTaken: {
      metrics_->BatchFailed("name_taken");
      PAWL_CHECK(!outcome.taken.empty());
      std::vector<std::pair<Transition, persistence::ExecutionRow>> taken;
      for (const persistence::ExecutionRef& ref : outcome.taken) {
        persistence::ExecutionRow row;
        Transition transition = Remove(ref, &row);
        taken.emplace_back(std::move(transition), std::move(row));
      }
      SendRest();
      for (auto& [transition, row] : taken) handlers_.name_taken(std::move(transition), row);
      return;
    }
    case Kind::kRejected: {
      metrics_->BatchFailed("rejected");
      PAWL_CHECK(outcome.rejected.has_value());
      Transition transition = Remove(*outcome.rejected, nullptr);
      SendRest();
      return handlers_.rejected(std::move(transition), outcome.message);
    }
    case Kind::kNotCommitted:
      if (IsPlanted(PlantedFault::kNotCommittedTakenAsCommitted)) return OnCommitted(sent);
      metrics_->BatchFailed("not_committed");
      return RetryLater(outcome);
    case Kind::kFenced:
      metrics_->BatchFailed("fenced");
      return handlers_.lost(absl::StrCat("another owner has the range: ", outcome.message));
    case Kind::kUnknown:
      if (IsPlanted(PlantedFault::kUnknownTakenAsCommitted)) return OnCommitted(sent);
      metrics_->BatchFailed("unknown");
      return handlers_.lost(
          absl::StrCat("the outcome of a commit is not known: ", outcome.message));
  }
}

// Certainly not written: the same bytes may go again. Said at once, then now and then.
void CommitPipeline::RetryLater(const persistence::CommitOutcome& outcome) {
  const absl::Duration now = world_.clock->Steady();
  if (trouble_.ok() || now - said_at_ >= kSayAgain) {
    said_at_ = now;
    Log(LogLevel::kError, "the store does not take commits; trying on, starts are refused",
        {{"slots", ownership_->SlotsText()}, {"why", outcome.message}});
  }
  trouble_ = outcome.ToStatus();
  handlers_.troubled();
  strand_->PostAfter(retry_delay_, [this, generation = generation_] {
    if (generation == generation_) Commit();
  });
  retry_delay_ = std::min(2 * retry_delay_, kLastRetry);
}

void CommitPipeline::OnCommitted(absl::Duration sent) {
  Batch batch = std::exchange(in_flight_, Batch());
  is_in_flight_ = false;
  if (!trouble_.ok()) {
    Log(LogLevel::kInfo, "the store takes commits again", {{"slots", ownership_->SlotsText()}});
    trouble_ = absl::OkStatus();
    retry_delay_ = kFirstRetry;
    handlers_.troubled();
  }
  ownership_->Committed(batch.rows->batch_seq, sent);
  metrics_->BatchCommitted(static_cast<int64_t>(batch.transitions.size()),
                           static_cast<int64_t>(batch.bytes), world_.clock->Steady() - sent);
  // The next batch first: it commits while the effects of this one are carried out.
  Send();
  for (Transition& transition : batch.transitions) handlers_.committed(std::move(transition));
  handlers_.drained();
}

Transition CommitPipeline::Remove(persistence::ExecutionRef ref, persistence::ExecutionRow* start) {
  // The store may still read the batch that it was given.
  auto rows = std::make_shared<persistence::CommitBatch>(*in_flight_.rows);
  const auto drop = [&ref](auto* list) {
    list->erase(std::remove_if(list->begin(), list->end(),
                               [&ref](const auto& row) { return row.ref == ref; }),
                list->end());
  };
  for (const persistence::ExecutionRow& row : rows->starts) {
    if (start != nullptr && row.ref == ref) *start = row;
  }
  drop(&rows->starts);
  drop(&rows->history);
  drop(&rows->updates);
  drop(&rows->redrives);
  drop(&rows->checkpoints);
  in_flight_.rows = std::move(rows);
  const auto it = std::find_if(in_flight_.transitions.begin(), in_flight_.transitions.end(),
                               [&ref](const Transition& t) { return t.ref == ref; });
  PAWL_CHECK(it != in_flight_.transitions.end());
  Transition transition = std::move(*it);
  in_flight_.transitions.erase(it);
  return transition;
}

// Some executions are out of the batch; nothing of it was written, so the rest goes again.
void CommitPipeline::SendRest() {
  if (!in_flight_.transitions.empty()) return Commit();
  is_in_flight_ = false;
  handlers_.drained();
}

std::vector<Transition> CommitPipeline::TakeAll() {
  ++generation_;
  is_in_flight_ = false;
  std::vector<Transition> all = std::exchange(in_flight_, Batch()).transitions;
  while (!small_.IsEmpty() || !large_.empty()) {
    for (Transition& transition : TakeNext().transitions) all.push_back(std::move(transition));
  }
  trouble_ = absl::OkStatus();
  retry_delay_ = kFirstRetry;
  return all;
}

}  // namespace pawl::runtime
