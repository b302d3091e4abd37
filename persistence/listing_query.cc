#include "persistence/listing_query.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "persistence/columns.h"

namespace pawl::persistence {
namespace {

class Builder {
 public:
  // The casts name the types where PostgreSQL cannot tell them.
  std::string Text(const std::string& text) {
    query_.parameters.push_back({true, text, 0});
    return absl::StrCat("CAST(", Last(), " AS text)");
  }
  std::string Number(int64_t number) {
    query_.parameters.push_back({false, "", number});
    return absl::StrCat("CAST(", Last(), " AS bigint)");
  }
  void Where(std::string condition) { conditions_.push_back(std::move(condition)); }

  ListingQuery Finish(int limit) {
    if (!conditions_.empty()) query_.clauses = " WHERE " + absl::StrJoin(conditions_, " AND ");
    absl::StrAppend(&query_.clauses, " ORDER BY start_time DESC, slot DESC, id DESC LIMIT ",
                    Number(limit));
    return std::move(query_);
  }

 private:
  std::string Last() const { return absl::StrCat("$", query_.parameters.size()); }

  ListingQuery query_;
  std::vector<std::string> conditions_;
};

}  // namespace

ListingQuery BuildListingQuery(const ListFilter& filter, const absl::optional<ListCursor>& after,
                               int limit) {
  Builder builder;
  if (!filter.ns.empty()) builder.Where("ns = " + builder.Text(filter.ns));
  if (!filter.machine.empty()) builder.Where("machine = " + builder.Text(filter.machine));
  if (!filter.name_prefix.empty()) {
    // Not LIKE: it ignores case in SQLite, and the prefix would have to be escaped.
    const std::string prefix = builder.Text(filter.name_prefix);
    builder.Where(absl::StrCat("substr(name, 1, length(", prefix, ")) = ", prefix));
  }
  if (filter.status.has_value()) {
    builder.Where("status = " + builder.Number(static_cast<int64_t>(*filter.status)));
  }
  if (filter.started_from != absl::InfinitePast()) {
    builder.Where("start_time >= " + builder.Number(ToMicros(filter.started_from)));
  }
  if (filter.started_before != absl::InfiniteFuture()) {
    builder.Where("start_time < " + builder.Number(ToMicros(filter.started_before)));
  }
  if (after.has_value()) {
    const std::string start_time = builder.Number(ToMicros(after->start_time));
    const std::string slot = builder.Number(after->ref.slot);
    const std::string id = builder.Number(after->ref.id);
    builder.Where(
        absl::StrCat("(start_time, slot, id) < (", start_time, ", ", slot, ", ", id, ")"));
  }
  return builder.Finish(limit);
}

}  // namespace pawl::persistence
