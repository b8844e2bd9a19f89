// SPDX-License-Identifier: Apache-2.0
#include "app/backup_record.h"

#include "base/try.h"
#include "blob/object_hash.h"
#include "io/whole_file.h"

#include <boost/json.hpp>

#include <system_error>

namespace berth::app {
namespace {

constexpr const char* kRecordName = "backup.json";
constexpr std::int64_t kFormat = 1;
constexpr std::uint64_t kRecordBytesMax = 64 * kKiB;

std::unexpected<Error> malformed(const std::string& why) {
    return fail(Errc::corrupt, "backup.json is not what berth backup writes: " + why);
}

}  // namespace

std::string json_of(const BackupRecord& record) {
    boost::json::object json;
    json["format"] = kFormat;
    json["program"] = record.program;
    json["schema"] = record.totals.schema;
    json["began_at"] = format_timestamp(record.began_at);
    json["completed_at"] = format_timestamp(record.completed_at);
    json["completed_ticks"] = record.completed_at.ticks;
    json["catalog"] = record.catalog;
    json["catalog_bytes"] = record.catalog_bytes;
    json["catalog_digest"] = record.catalog_digest;
    json["repositories"] = record.totals.repositories;
    json["manifests"] = record.totals.manifests;
    json["tags"] = record.totals.tags;
    json["blobs"] = record.totals.blobs;
    json["blobs_in_catalog"] = record.totals.blobs_in_catalog;
    json["bytes_in_files"] = record.totals.bytes_in_files;
    json["damaged"] = record.damaged;
    return boost::json::serialize(json) + "\n";
}

Result<BackupRecord> parse_backup_record(const std::string& json) {
    boost::system::error_code bad;
    const boost::json::value parsed = boost::json::parse(json, bad);
    if (bad || !parsed.is_object()) {
        return malformed("no JSON object");
    }
    const boost::json::object& members = parsed.as_object();
    const auto number = [&members](std::string_view name) -> std::optional<std::uint64_t> {
        const boost::json::value* const found = members.if_contains(name);
        boost::system::error_code not_one;
        const auto value = found == nullptr ? 0 : found->to_number<std::uint64_t>(not_one);
        return found == nullptr || not_one ? std::nullopt : std::optional(value);
    };
    const auto text = [&members](std::string_view name) -> std::string {
        const boost::json::value* const found = members.if_contains(name);
        return found != nullptr && found->is_string() ? std::string(found->as_string()) : "";
    };
    if (number("format") != kFormat) {
        return malformed("another format: it was made by a newer program");
    }
    BackupRecord record;
    record.program = text("program");
    record.completed_at.ticks = static_cast<std::int64_t>(number("completed_ticks").value_or(0));
    record.catalog = text("catalog");
    record.catalog_bytes = number("catalog_bytes").value_or(0);
    record.catalog_digest = text("catalog_digest");
    record.totals.schema = static_cast<std::int64_t>(number("schema").value_or(0));
    record.totals.repositories = number("repositories").value_or(0);
    record.totals.manifests = number("manifests").value_or(0);
    record.totals.tags = number("tags").value_or(0);
    record.totals.blobs = number("blobs").value_or(0);
    record.totals.blobs_in_catalog = number("blobs_in_catalog").value_or(0);
    record.totals.bytes_in_files = number("bytes_in_files").value_or(0);
    record.damaged = number("damaged").value_or(0);
    if (record.catalog.empty() || record.catalog.find('/') != std::string::npos ||
        record.catalog_digest.empty()) {
        return malformed("no catalog");
    }
    return record;
}

Result<std::optional<BackupRecord>> read_backup_record(const std::filesystem::path& directory) {
    std::error_code ignored;
    if (!std::filesystem::exists(directory / kRecordName, ignored)) {
        return std::nullopt;
    }
    BERTH_TRY(const std::string json,
              io::read_whole_file(directory / kRecordName, kRecordBytesMax));
    BERTH_TRY(BackupRecord record, parse_backup_record(json));
    return record;
}

Result<void> write_backup_record(const std::filesystem::path& directory,
                                 const BackupRecord& record) {
    return io::write_whole_file(directory / kRecordName, json_of(record), 0600);
}

Result<std::string> digest_of_file(io::FileSystem& files, const std::filesystem::path& path) {
    BERTH_TRY(const io::FileHandle file, files.open_read(path));
    BERTH_TRY(const std::uint64_t size, io::file_size(file));
    BERTH_TRY(const oci::Digest digest, blob::hash_object(file, size, oci::Algorithm::sha256));
    return digest.text();
}

}  // namespace berth::app
