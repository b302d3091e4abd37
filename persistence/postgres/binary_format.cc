#include "persistence/postgres/binary_format.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace pawl::persistence {
namespace {

void AppendBigEndian(uint64_t value, int bytes, std::string* out) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) {
    out->push_back(static_cast<char>((value >> shift) & 0xFF));
  }
}

// The object ids of the built-in types: fixed for ever, pg_type.dat.
uint32_t TypeOid(ColumnType type) {
  switch (type) {
    case ColumnType::kInt:
      return 23;
    case ColumnType::kBigint:
      return 20;
    case ColumnType::kText:
      return 25;
    case ColumnType::kBytes:
      return 17;
  }
  return 0;
}

absl::string_view TypeName(ColumnType type) {
  switch (type) {
    case ColumnType::kInt:
      return "int4";
    case ColumnType::kBigint:
      return "int8";
    case ColumnType::kText:
      return "text";
    case ColumnType::kBytes:
      return "bytea";
  }
  return "";
}

}  // namespace

std::string BinaryInt(int64_t value) {
  std::string out;
  AppendBigEndian(static_cast<uint64_t>(value), 8, &out);
  return out;
}

std::string Column::BinaryArray() const {
  const int width = type_ == ColumnType::kInt ? 4 : 8;
  size_t length = 20 + numbers_.size() * 12;
  for (const absl::string_view bytes : bytes_) length += 4 + bytes.size();
  std::string out;
  out.reserve(length);
  AppendBigEndian(1, 4, &out);  // dimensions
  AppendBigEndian(1, 4, &out);  // may hold NULLs
  AppendBigEndian(TypeOid(type_), 4, &out);
  AppendBigEndian(size(), 4, &out);
  AppendBigEndian(1, 4, &out);  // the first index
  for (const absl::optional<int64_t>& number : numbers_) {
    AppendBigEndian(number.has_value() ? static_cast<uint64_t>(width) : 0xFFFFFFFF, 4, &out);
    if (number.has_value()) AppendBigEndian(static_cast<uint64_t>(*number), width, &out);
  }
  for (const absl::string_view bytes : bytes_) {
    AppendBigEndian(bytes.size(), 4, &out);
    absl::StrAppend(&out, bytes);
  }
  return out;
}

void Column::AppendLiteral(size_t row, std::string* sql) const {
  switch (type_) {
    case ColumnType::kInt:
    case ColumnType::kBigint:
      if (numbers_[row].has_value()) {
        absl::StrAppend(sql, *numbers_[row], "::", TypeName(type_));
      } else {
        absl::StrAppend(sql, "NULL::", TypeName(type_));
      }
      return;
    case ColumnType::kText:
      sql->push_back('\'');
      for (const char c : bytes_[row]) {
        if (c == '\'') sql->push_back('\'');
        sql->push_back(c);
      }
      sql->append("'::text");
      return;
    case ColumnType::kBytes:
      absl::StrAppend(sql, "'\\x", absl::BytesToHexString(bytes_[row]), "'::bytea");
      return;
  }
}

std::string UnnestSource(const std::vector<ColumnType>& types) {
  std::string sql = "SELECT * FROM unnest(";
  for (size_t i = 0; i < types.size(); ++i) {
    absl::StrAppend(&sql, i == 0 ? "" : ", ", "$", i + 1, "::", TypeName(types[i]), "[]");
  }
  sql.push_back(')');
  return sql;
}

std::string ValuesSource(const Columns& columns) {
  std::string sql = "VALUES ";
  for (size_t row = 0; row < columns.front().size(); ++row) {
    sql.append(row == 0 ? "(" : ", (");
    for (size_t i = 0; i < columns.size(); ++i) {
      if (i > 0) sql.append(", ");
      columns[i].AppendLiteral(row, &sql);
    }
    sql.push_back(')');
  }
  return sql;
}

}  // namespace pawl::persistence
