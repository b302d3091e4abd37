// Whether a filter's list holds a value: `[?(@.id in $.wanted)]` asks the same list for each of
// many elements.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "engine/value/meter.h"
#include "engine/value/value.h"

namespace pawl::expr::jsonpath {

// Equality of filters: Value's, and a number equals a string that reads as that number.
bool EqualInFilter(const Value& left, const Value& right, Meter* meter);

// Remembers the lists it was asked about last. From the second question about a list on an answer
// takes constant time. Thread-compatible.
class ListIndex {
 public:
  ListIndex();
  ~ListIndex();
  ListIndex(const ListIndex&) = delete;
  ListIndex& operator=(const ListIndex&) = delete;

  // `list` is an array.
  bool Contains(const Value& list, const Value& value, Meter* meter);
  // How many elements of `left` are among those of `right`. Both are arrays.
  size_t CountShared(const Value& left, const Value& right, Meter* meter);

 private:
  struct Index;
  struct Known {
    Value list;                    // keeps what `index` was made of
    std::unique_ptr<Index> index;  // null where the list has been asked about once only
  };

  // What is known of `list`, or null, from now on with an entry.
  Known* Find(const Value& list);

  std::vector<Known> known_;
  size_t oldest_ = 0;
};

}  // namespace pawl::expr::jsonpath
