#include "engine/encryption/record_cipher.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"

namespace pawl::encryption {
namespace {

constexpr char kForm = 1;
constexpr size_t kHeadBytes = 3;  // 0x00, the form, the length of the key's id

std::string BranchOf(const Place& place) {
  return absl::StrCat("pawl payloads ", place.ref.slot.value(), "/", place.ref.id);
}

std::string ContextOf(const Place& place) {
  return absl::StrCat(place.ref.slot.value(), "/", place.ref.id, "/", place.sequence);
}

// nullopt for bytes that are no sealed record.
absl::optional<auth::Sealed> Parse(absl::string_view record) {
  if (record.size() < kHeadBytes || record[0] != '\0' || record[1] != kForm) return absl::nullopt;
  const auto id_bytes = static_cast<unsigned char>(record[2]);
  if (record.size() < kHeadBytes + id_bytes) return absl::nullopt;
  return auth::Sealed{std::string(record.substr(kHeadBytes, id_bytes)),
                      std::string(record.substr(kHeadBytes + id_bytes))};
}

}  // namespace

absl::StatusOr<std::string> RecordCipher::Seal(const Place& place, absl::string_view plain) const {
  const absl::StatusOr<auth::Sealed> sealed =
      keys_.SealIn(BranchOf(place), plain, ContextOf(place));
  if (!sealed.ok()) return sealed.status();
  const std::string head = {'\0', kForm, static_cast<char>(sealed->key_id.size())};
  return absl::StrCat(head, sealed->key_id, sealed->bytes);
}

absl::StatusOr<std::string> RecordCipher::Open(const Place& place, absl::string_view record) const {
  if (!IsSealed(record)) return std::string(record);
  const absl::optional<auth::Sealed> sealed = Parse(record);
  if (!sealed.has_value()) return absl::DataLossError("a sealed record is cut short");
  if (!keys_.Has(sealed->key_id)) {
    return absl::DataLossError(absl::StrCat("it is sealed under the key ", sealed->key_id,
                                            ", which --encryption-keys does not have"));
  }
  absl::StatusOr<std::string> plain = keys_.OpenIn(BranchOf(place), *sealed, ContextOf(place));
  if (plain.ok()) return plain;
  return absl::DataLossError(
      absl::StrCat("a sealed record does not open: ", std::string(plain.status().message())));
}

bool RecordCipher::IsCurrent(absl::string_view record) const {
  const absl::optional<auth::Sealed> sealed = Parse(record);
  return sealed.has_value() && sealed->key_id == keys_.sealing_id();
}

}  // namespace pawl::encryption
