#include "engine/runtime/machine_deletions.h"

#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/aws/error.h"
#include "engine/runtime/world/log.h"

namespace pawl::runtime {
namespace {

constexpr int kPage = 200;
// Between two looks: what was told to end has ended by then, or the store is in trouble.
constexpr absl::Duration kPause = absl::Milliseconds(200);

// The executions that are still open, at most kPage; none: the machine is gone now.
absl::StatusOr<std::vector<persistence::ExecutionRow>> OpenExecutions(persistence::Store* store,
                                                                      const aws::MachineId& id) {
  persistence::ListFilter filter;
  filter.ns = id.ns;
  filter.machine = id.name;
  filter.status = persistence::Status::kRunning;
  return store->ListExecutions(filter, absl::nullopt, kPage);
}

// Ok where somebody else has done it.
absl::Status RemoveDocument(persistence::Store* store, const aws::MachineId& id) {
  const auto document = store->GetDocument(id.ns, kDeletingDocument, id.name);
  if (absl::IsNotFound(document.status())) return absl::OkStatus();
  if (!document.ok()) return document.status();
  absl::Status status =
      store->DeleteDocument(id.ns, kDeletingDocument, id.name, document->revision);
  return absl::IsAborted(status) ? absl::OkStatus() : status;
}

}  // namespace

absl::StatusOr<bool> IsDeleting(persistence::Store* store, const aws::MachineId& id) {
  const auto document = store->GetDocument(id.ns, kDeletingDocument, id.name);
  if (absl::IsNotFound(document.status())) return false;
  if (!document.ok()) return document.status();
  return true;
}

absl::Status BeingDeleted(const aws::ArnContext& arns, const aws::MachineId& id) {
  return aws::MakeError(aws::Error::kStateMachineDeleting,
                        absl::StrCat("State machine is being deleted: '",
                                     aws::MachineArn({arns.region, id.ns}, id.name), "'"));
}

absl::Status MachineDeletions::Begin(persistence::Store* store, const aws::MachineId& id) {
  const auto machine = store->GetMachine(id.ns, id.name);
  if (absl::IsNotFound(machine.status())) {
    const absl::StatusOr<bool> is_deleting = IsDeleting(store, id);
    if (!is_deleting.ok()) return is_deleting.status();
    if (*is_deleting) return absl::OkStatus();
    return aws::MakeError(aws::Error::kStateMachineDoesNotExist,
                          absl::StrCat("State Machine Does Not Exist: '",
                                       aws::MachineArn({options_->region, id.ns}, id.name), "'"));
  }
  if (!machine.ok() && !absl::IsDataLoss(machine.status())) return machine.status();
  // First what remembers it, then the deed: whoever finds the one without the other does it.
  absl::Status status = store->PutDocument({id.ns, kDeletingDocument, id.name, 1, ""});
  if (!status.ok() && !absl::IsAborted(status)) return status;
  status = store->DeleteMachine(id.ns, id.name);
  if (!status.ok() && !absl::IsNotFound(status)) return status;
  const auto open = OpenExecutions(store, id);
  if (open.ok() && open->empty()) return RemoveDocument(store, id);
  world_->strand->Post([this, id] { Sweep(id); });
  return absl::OkStatus();
}

void MachineDeletions::Resume(const std::string& ns) {
  auto found = std::make_shared<std::vector<aws::MachineId>>();
  world_->store->Read(
      ReadLane::kBulk,
      [ns, found](persistence::Store& store) {
        for (std::string after;;) {
          const auto page = store.ListDocuments(ns, kDeletingDocument, after, kPage);
          if (!page.ok()) {
            Log(LogLevel::kWarning, "machines that are being deleted could not be listed",
                {{"error", std::string(page.status().message())}});
            return;
          }
          for (const persistence::Document& document : *page) {
            found->push_back({ns, document.name});
            const absl::Status status = store.DeleteMachine(ns, document.name);
            if (!status.ok() && !absl::IsNotFound(status)) return;
          }
          if (page->size() < static_cast<size_t>(kPage)) return;
          after = page->back().name;
        }
      },
      world_->strand,
      [this, found] {
        for (const aws::MachineId& id : *found) Sweep(id);
      });
}

void MachineDeletions::Sweep(const aws::MachineId& id) {
  using Rows = std::vector<persistence::ExecutionRow>;
  auto open = std::make_shared<absl::StatusOr<Rows>>(Rows());
  world_->store->Read(
      ReadLane::kBulk,
      [id, open](persistence::Store& store) {
        *open = OpenExecutions(&store, id);
        if (!open->ok() || !(*open)->empty()) return;
        const absl::Status removed = RemoveDocument(&store, id);
        if (!removed.ok()) *open = removed;
      },
      world_->strand,
      [this, id, open] {
        if (open->ok() && (*open)->empty()) return;
        if (open->ok()) EndOpen(id, **open);
        world_->strand->PostAfter(kPause, [this, id] { Sweep(id); });
      });
}

void MachineDeletions::EndOpen(const aws::MachineId& id,
                               const std::vector<persistence::ExecutionRow>& open) {
  for (const persistence::ExecutionRow& row : open) {
    core::FailExecution command;
    command.failure = {"States.Runtime",
                       absl::StrCat("State machine ", id.name, " has been deleted")};
    router_->Submit(row.ref, std::move(command), [](const auto&) {});
  }
}

}  // namespace pawl::runtime
