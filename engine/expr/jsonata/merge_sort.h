// A stable sort that no comparison can confuse.
#pragma once

#include <utility>
#include <vector>

namespace pawl::expr::jsonata {

// `after(a, b)` says whether a belongs behind b. User-defined functions need not be consistent
// about it, which std::stable_sort must not be asked to bear; this compares in the reference's
// order and always ends with a permutation.
template <typename T, typename After>
void MergeSort(std::vector<T>* items, After after) {
  const size_t size = items->size();
  if (size <= 1) return;
  const size_t middle = size / 2;
  std::vector<T> left(std::make_move_iterator(items->begin()),
                      std::make_move_iterator(items->begin() + static_cast<ptrdiff_t>(middle)));
  std::vector<T> right(std::make_move_iterator(items->begin() + static_cast<ptrdiff_t>(middle)),
                       std::make_move_iterator(items->end()));
  MergeSort(&left, after);
  MergeSort(&right, after);
  size_t l = 0;
  size_t r = 0;
  for (T& item : *items) {
    const bool take_right = l == left.size() || (r < right.size() && after(left[l], right[r]));
    item = std::move(take_right ? right[r++] : left[l++]);
  }
}

}  // namespace pawl::expr::jsonata
