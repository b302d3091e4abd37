// Listings, page by page.
//
//   pawl::Pages<pawl::HistoryEvent> pages = client.HistoryPages("Order/order-7");
//   while (pages.Next()) {
//     for (const pawl::HistoryEvent& event : pages.items()) Use(event);
//   }
//   if (!pages.status().ok()) return pages.status();
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace pawl {

template <typename T>
struct Page {
  std::vector<T> items;    // may be fewer than asked for, even none, though there are more
  std::string next_token;  // asks for the next page; "" at the end
};

// All pages of a listing, one in memory at a time. Thread-compatible. Must not outlive the Client
// that made it.
template <typename T>
class Pages {
 public:
  using Read = std::function<absl::StatusOr<Page<T>>(const std::string& token)>;

  // Begins at the page that `token` asks for; "" for the first.
  Pages(std::string token, Read read) : read_(std::move(read)) {
    page_.next_token = std::move(token);
  }

  // Reads the next page that holds something; blocks as the Client's calls do. False at the end and
  // when a page could not be read, which status() tells apart; the next call then tries again.
  bool Next() {
    page_.items.clear();
    while (!is_at_end_) {
      absl::StatusOr<Page<T>> page = read_(page_.next_token);
      status_ = page.status();
      if (!status_.ok()) return false;
      page_ = *std::move(page);
      is_at_end_ = page_.next_token.empty();
      if (!page_.items.empty()) return true;
    }
    return false;
  }

  const std::vector<T>& items() const { return page_.items; }
  // Asks for the page after this one, in this process or another; "" at the end.
  const std::string& next_token() const { return page_.next_token; }
  const absl::Status& status() const { return status_; }

 private:
  const Read read_;
  Page<T> page_;
  bool is_at_end_ = false;
  absl::Status status_;
};

}  // namespace pawl
