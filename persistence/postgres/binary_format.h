// PostgreSQL's binary format of parameters, and SQL literals: the two ways in which rows go out.
//
// Arrays in the binary format, one per column, unfolded by unnest() in a prepared statement, are
// the cheapest way in, and at every batch size. Measured with PostgreSQL 15 on two slow cores,
// 300-byte records, server CPU per history row at 10 / 100 / 500 rows a commit: 34 / 7 / 4
// microseconds; COPY through pqxx::stream_to 33 / 9 / 7; VALUES with hexadecimal literals 55 / 17
// / 14.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace pawl::persistence {

// Single values as parameters.
std::string BinaryInt(int64_t value);  // a bigint
inline std::string BinaryText(absl::string_view value) { return std::string(value); }

enum class ColumnType { kInt, kBigint, kText, kBytes };

// One column of the rows to write. Text and bytes are not copied.
class Column {
 public:
  explicit Column(ColumnType type) : type_(type) {}

  void Add(int64_t number) { numbers_.push_back(number); }
  void Add(absl::optional<int64_t> number) { numbers_.push_back(number); }
  void Add(absl::string_view bytes) { bytes_.push_back(bytes); }

  ColumnType type() const { return type_; }
  size_t size() const { return numbers_.size() + bytes_.size(); }
  // All values as one array parameter.
  std::string BinaryArray() const;
  // Row `row` as an SQL literal; needs standard_conforming_strings.
  void AppendLiteral(size_t row, std::string* sql) const;

 private:
  ColumnType type_;
  std::vector<absl::optional<int64_t>> numbers_;
  std::vector<absl::string_view> bytes_;
};

using Columns = std::vector<Column>;

// "SELECT * FROM unnest($1::int4[], $2::text[]...)": the rows as parameters.
std::string UnnestSource(const std::vector<ColumnType>& types);
// "VALUES (1, 'a'...), (...)": the rows as text.
std::string ValuesSource(const Columns& columns);

}  // namespace pawl::persistence
