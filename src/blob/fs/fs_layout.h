// SPDX-License-Identifier: Apache-2.0
//
// Names and places of the embedded store's files. Pure functions; the only code that turns an
// upload id or a location into a path, so the only place where one could escape the root.
//
//   DATA/
//     uploads/
//       7d0c1e52-93ab-4c6f-8e21-5a40b6d7f913        bytes of a session, named as the session
//     blobs/
//       sha256/
//         61/                                       first two hex digits of the digest
//           61ac...9f.7d0c1e5293ab4c6f8e215a40b6d7f913    digest, then the generation: the id of
//       sha512/                                           the upload that brought the bytes
//         ...
//
// A session's id is never used twice, so neither is the name of an object.
#pragma once

#include "blob/blob_store.h"
#include "oci/digest.h"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace berth::blob {

struct ObjectName {
    ObjectName(oci::Digest content, std::string upload)
        : digest(content), upload_id(std::move(upload)) {}

    oci::Digest digest;
    std::string upload_id;
};

class FsLayout {
  public:
    explicit FsLayout(const std::filesystem::path& root);

    const std::filesystem::path& uploads() const { return uploads_; }

    const std::filesystem::path& blobs() const { return blobs_; }

    std::filesystem::path of_algorithm(oci::Algorithm algorithm) const;

    /// nullopt unless `upload_id` is a lower-case UUID.
    std::optional<std::filesystem::path> upload_path(std::string_view upload_id) const;
    /// Requires an `upload_id` that upload_path() accepts.
    Location location_of(const oci::Digest& digest, std::string_view upload_id) const;
    /// nullopt unless `location` has exactly the form location_of() gives.
    std::optional<std::filesystem::path> blob_path(const Location& location) const;
    /// The reverse of location_of(); nullopt as blob_path().
    static std::optional<ObjectName> parse_location(const Location& location);

  private:
    std::filesystem::path uploads_;
    std::filesystem::path blobs_;
};

}  // namespace berth::blob
