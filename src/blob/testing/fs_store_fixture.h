// SPDX-License-Identifier: Apache-2.0
//
// For the tests of this folder: an embedded store on a directory of its own whose file system can
// be made to fail, and short forms of its calls.
#pragma once

#include "base/random.h"
#include "blob/fs/fs_blob_store.h"
#include "io/testing/faulty_file_system.h"
#include "io/testing/run_task.h"
#include "io/testing/temporary_directory.h"
#include "oci/hasher.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace berth::blob {

inline std::string pattern(std::size_t size) {
    std::string text(size, '\0');
    std::uint32_t state = 1;
    for (char& c : text) {
        state = state * 1664525 + 1013904223;
        c = static_cast<char>(state >> 24);
    }
    return text;
}

class FsStoreTest : public testing::Test {
  protected:
    FsStoreTest() { reopen(); }

    void reopen() { store_ = open_fs_blob_store(directory_.path(), files_, pool_).value(); }

    std::unique_ptr<Upload> begin(std::optional<std::uint64_t> size_hint = std::nullopt) {
        id_ = make_uuid();
        return io::run_task(store_->begin(id_, oci::Algorithm::sha256, size_hint)).value();
    }

    static Result<void> append(Upload& upload, std::string_view text) {
        return io::run_task(upload.append(as_bytes(text)));
    }

    static Result<Location> finish(Upload& upload, const oci::Digest& digest) {
        auto verified = io::run_task(upload.verify(digest));
        if (!verified) {
            return std::unexpected(verified.error());
        }
        return io::run_task(upload.commit(digest));
    }

    std::string read(const Location& location, std::uint64_t size) {
        const OpenBlob opened = io::run_task(store_->open(location, size)).value();
        std::string text(opened.size, '\0');
        EXPECT_TRUE(io::read_exactly(opened.file, std::as_writable_bytes(std::span(text)), 0));
        return text;
    }

    std::size_t files_below(const char* name) const {
        std::size_t found = 0;
        for (const auto& entry :
             std::filesystem::recursive_directory_iterator(directory_.path() / name)) {
            found += entry.is_regular_file() ? 1 : 0;
        }
        return found;
    }

    io::TemporaryDirectory directory_;
    std::unique_ptr<io::FileSystem> real_ = io::real_file_system();
    io::FaultyFileSystem files_{*real_};
    io::BlockingPool pool_{2, 64};
    std::unique_ptr<BlobStore> store_;
    std::string id_;
};

inline oci::Digest sha256(std::string_view text) {
    return oci::digest_of(oci::Algorithm::sha256, as_bytes(text));
}

inline oci::Digest sha512(std::string_view text) {
    return oci::digest_of(oci::Algorithm::sha512, as_bytes(text));
}

}  // namespace berth::blob
