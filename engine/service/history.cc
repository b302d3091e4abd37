#include "engine/service/history.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/aws/error.h"
#include "engine/runtime/range/history_style.h"
#include "engine/runtime/range/slots.h"
#include "engine/service/limits.h"

namespace pawl::service {

void Histories::Get(const CallContext& context, HistoryQuery query, Done<HistoryPage> done) {
  absl::Status status = CheckLength("executionArn", query.execution, kMaxArnCharacters);
  if (!status.ok()) return done(std::move(status));
  status = deps_.authorizer->Check(context, "GetExecutionHistory", query.execution);
  if (!status.ok()) return done(std::move(status));
  auto id = aws::ParseExecution(deps_.arns(context), query.execution);
  if (!id.ok()) return done(id.status());
  status = aws::CheckHasHistory(id->name);
  if (!status.ok()) return done(std::move(status));
  const auto size = PageSize(query.page_size);
  if (!size.ok()) return done(size.status());
  std::string listing = absl::StrCat("GetExecutionHistory ", id->ns, " ", id->machine, " ",
                                     id->name, query.reverse ? " reverse" : "");
  const auto position = ParseHistoryToken(listing, query.page_token, query.reverse);
  if (!position.ok()) return done(position.status());

  deps_.RunBlocking<HistoryPage>(
      context, runtime::ReadLane::kBulk,
      [node = deps_.node, id = *std::move(id), query = std::move(query), size = *size,
       listing = std::move(listing),
       position = *position](persistence::Store& store) -> absl::StatusOr<HistoryPage> {
        auto row = store.FindExecution(runtime::SlotOf(id.ns, id.machine, id.name), id.ns,
                                       id.machine, id.name);
        if (absl::IsNotFound(row.status())) {
          return aws::MakeError(aws::Error::kExecutionDoesNotExist,
                                absl::StrCat("Execution Does Not Exist: '", query.execution, "'"));
        }
        if (!row.ok()) return row.status();
        HistoryPage page;
        auto machine = node->machines().GetRevision(&store, row->ns, row->machine, row->revision);
        page.style = runtime::StyleOf(*row, machine.ok() ? (*machine)->info.role_arn : "",
                                      node->options().region);
        PageLimits limits;
        limits.max_events = size;
        limits.includes_internal = query.includes_internal;
        HistoryCursor cursor(row->ref, position, query.reverse);
        EventPage events;
        const absl::Status filled = FillPage(store, limits, &cursor, &events);
        if (!filled.ok()) return filled;
        if (events.has_more) page.next_page_token = ToToken(listing, cursor.position());
        page.events = std::move(events.events);
        return page;
      },
      std::move(done));
}

}  // namespace pawl::service
