// SPDX-License-Identifier: Apache-2.0
#include "app/command_deleted.h"

#include "app/kept_settings.h"
#include "app/management.h"
#include "app/retention_view.h"
#include "app/value_text.h"
#include "base/try.h"
#include "meta/deleted.h"
#include "registry/restoration.h"

#include <boost/json.hpp>

#include <limits>
#include <optional>
#include <utility>

namespace berth::app {
namespace {

constexpr const char* kForceFlag = "--force";
constexpr const char* kAllFlag = "--all";
constexpr const char* kOlderFlag = "--older-than";
constexpr std::uint32_t kPage = 500;

/// `app`, `app:v1` or `app@sha256:...`.
struct Item {
    explicit Item(oci::Repository name) : repository(std::move(name)) {}

    oci::Repository repository;
    std::optional<oci::Tag> tag;
    std::optional<oci::Digest> digest;
};

std::unexpected<Error> no_item(const std::string& text) {
    return fail(Errc::bad_request,
                "'" + text + "' is neither REPOSITORY nor REPOSITORY:TAG nor REPOSITORY@DIGEST");
}

Result<Item> parse_item(const std::string& text) {
    const std::size_t at = text.find('@');
    const std::size_t colon = at == std::string::npos ? text.rfind(':') : at;
    const auto repository = oci::Repository::parse(text.substr(0, colon));
    if (!repository) {
        return no_item(text);
    }
    Item item(*repository);
    if (colon == std::string::npos) {
        return item;
    }
    const std::string rest = text.substr(colon + 1);
    if (at != std::string::npos) {
        item.digest = oci::Digest::parse(rest);
    } else {
        item.tag = oci::Tag::parse(rest);
    }
    if (!item.digest && !item.tag) {
        return no_item(text);
    }
    return item;
}

/// Every page that `list(session, request)` has; `last_of` says behind which item to go on.
template <class T, class List, class LastOf>
Result<std::vector<T>> read_all(Management& management, const List& list, const LastOf& last_of) {
    std::vector<T> all;
    bool more = true;
    while (more) {
        const meta::PageRequest request(kPage, all.empty() ? std::string() : last_of(all.back()));
        BERTH_TRY(meta::Page<T> page,
                  management.read([&](db::Session& session) { return list(session, request); }));
        more = page.more;
        all.insert(all.end(), std::make_move_iterator(page.items.begin()),
                   std::make_move_iterator(page.items.end()));
    }
    return all;
}

Result<BinContent> read_bin(Management& management, const oci::Repository& repository) {
    BinContent content(repository.text());
    BERTH_TRY(content.manifests,
              read_all<meta::DeletedManifestRow>(
                  management,
                  [&](db::Session& session, const meta::PageRequest& page) {
                      return meta::list_deleted_manifests(session, repository, page);
                  },
                  [](const meta::DeletedManifestRow& row) { return row.digest.text(); }));
    BERTH_TRY(content.tags,
              read_all<meta::DeletedTagRow>(
                  management,
                  [&](db::Session& session, const meta::PageRequest& page) {
                      return meta::list_deleted_tags(session, repository, page);
                  },
                  [](const meta::DeletedTagRow& row) { return std::to_string(row.id); }));
    return content;
}

Result<std::vector<oci::Repository>> named_repositories(Management& management,
                                                        const std::string& only) {
    std::vector<oci::Repository> found;
    std::vector<std::string> names{only};
    if (only.empty()) {
        BERTH_TRY(names, read_all<std::string>(
                             management,
                             [](db::Session& session, const meta::PageRequest& page) {
                                 return meta::list_deleted_repositories(session, page);
                             },
                             [](const std::string& name) { return name; }));
    }
    found.reserve(names.size());
    for (const std::string& name : names) {
        const auto repository = oci::Repository::parse(name);
        if (!repository) {
            return fail(Errc::bad_request, "'" + name + "' is no repository name");
        }
        found.push_back(*repository);
    }
    return found;
}

Result<std::string> list_deleted(const Invocation& given) {
    BERTH_TRY(Management management, Management::open(given));
    BERTH_TRY(const auto repositories,
              named_repositories(management, given.arguments.text("REPOSITORY")));
    std::vector<BinContent> bin;
    bin.reserve(repositories.size());
    for (const oci::Repository& repository : repositories) {
        BERTH_TRY(BinContent content, read_bin(management, repository));
        bin.push_back(std::move(content));
    }
    return answer(given, bin_json(bin), bin_text(bin));
}

/// A text for the client is one for the operator here.
Error for_operator(Error error) {
    if (error.log_detail.empty()) {
        error.log_detail = error.message;
    }
    return error;
}

class Restoring {
  public:
    Restoring(Management& management, const KeptSettings& settings, bool force)
        : management_(&management),
          disposal_{.keep_ticks = settings.soft_delete_days * meta::kTicksPerDay, .by = "operator"},
          force_(force) {}

    Result<void> restore(registry::RestoreRequest request, const std::string& subject) {
        request.force = force_;
        auto done = management_->change("deleted restore", subject, [&](db::Session& session) {
            return registry::restore(session, request, disposal_);
        });
        if (!done) {
            return fail(for_operator(std::move(done).error()));
        }
        manifests_.insert(manifests_.end(), done->manifests.begin(), done->manifests.end());
        for (const std::string& tag : done->tags) {
            tags_.push_back(request.repository.text() + ":" + tag);
        }
        return {};
    }

    /// Everything, the tags deleted last first; a name that is taken meanwhile stays as it is.
    Result<void> restore_repository(const oci::Repository& repository) {
        BERTH_TRY(const BinContent bin, read_bin(*management_, repository));
        for (const meta::DeletedManifestRow& row : bin.manifests) {
            BERTH_TRY_VOID(restore_if_there(registry::RestoreRequest(repository, row.digest),
                                            repository.text() + "@" + row.digest.text()));
        }
        for (auto row = bin.tags.rbegin(); row != bin.tags.rend(); ++row) {
            registry::RestoreRequest request(repository, row->digest);
            request.tag = oci::Tag::parse(row->name);
            BERTH_TRY_VOID(
                restore_if_there(std::move(request), repository.text() + ":" + row->name));
        }
        return {};
    }

    std::string report(const Invocation& given) const {
        boost::json::object json;
        json["manifests"] = boost::json::value_from(manifests_);
        json["tags"] = boost::json::value_from(tags_);
        std::string text = std::to_string(manifests_.size());
        text.append(" manifests and ")
            .append(std::to_string(tags_.size()))
            .append(" tags restored\n");
        return answer(given, boost::json::serialize(json), std::move(text));
    }

  private:
    /// What an earlier one brought back, or whose name is taken, is no failure.
    Result<void> restore_if_there(registry::RestoreRequest request, const std::string& subject) {
        Result<void> done = restore(std::move(request), subject);
        if (!done &&
            (done.error().code == Errc::manifest_unknown || done.error().code == Errc::conflict)) {
            return {};
        }
        return done;
    }

    Management* management_;
    meta::Disposal disposal_;
    bool force_;
    std::vector<std::string> manifests_;
    std::vector<std::string> tags_;
};

Result<std::string> restore_deleted(const Invocation& given) {
    const std::string text = given.arguments.text("ITEM");
    BERTH_TRY(const Item item, parse_item(text));
    BERTH_TRY(Management management, Management::open(given));
    const KeptSettings own = kept_settings_of(given.loaded.config);
    BERTH_TRY(const KeptSettings settings, management.read([&own](db::Session& session) {
        return find_kept_settings(session, own);
    }));
    Restoring restoring(management, settings, given.arguments.has(kForceFlag));
    if (item.digest) {
        registry::RestoreRequest request(item.repository, *item.digest);
        request.all_tags = true;
        BERTH_TRY_VOID(restoring.restore(std::move(request), text));
        return restoring.report(given);
    }
    BERTH_TRY(const BinContent bin, read_bin(management, item.repository));
    if (bin.manifests.empty() && bin.tags.empty()) {
        return fail(Errc::name_unknown, "nothing of '" + item.repository.text() +
                                            "' was deleted that could be restored");
    }
    if (!item.tag) {
        BERTH_TRY_VOID(restoring.restore_repository(item.repository));
        return restoring.report(given);
    }
    const meta::DeletedTagRow* last = nullptr;
    for (const meta::DeletedTagRow& row : bin.tags) {
        if (row.name == item.tag->text()) {
            last = &row;
        }
    }
    if (last == nullptr) {
        return fail(Errc::tag_unknown, "no deleted tag '" + text + "'");
    }
    registry::RestoreRequest request(item.repository, last->digest);
    request.tag = item.tag;
    BERTH_TRY_VOID(restoring.restore(std::move(request), text));
    return restoring.report(given);
}

struct PurgeCount {
    std::uint64_t manifests = 0;
    std::uint64_t tags = 0;
};

/// Rows of one transaction.
constexpr std::size_t kPurgeStep = 100;

/// `purge(session, id)` for every row deleted before `before`, some at a time.
template <class Row, class Purge>
Result<std::uint64_t> purge_rows(Management& management, const std::vector<Row>& rows,
                                 Timestamp before, const std::string& subject, const Purge& purge) {
    std::vector<std::int64_t> ids;
    for (const Row& row : rows) {
        if (row.deleted < before) {
            ids.push_back(row.id);
        }
    }
    for (std::size_t at = 0; at < ids.size(); at += kPurgeStep) {
        const std::size_t end = std::min(ids.size(), at + kPurgeStep);
        BERTH_TRY_VOID(
            management.change("deleted purge", subject, [&](db::Session& session) -> Result<void> {
                for (std::size_t i = at; i < end; ++i) {
                    BERTH_TRY_VOID(purge(session, ids[i]));
                }
                return {};
            }));
    }
    return ids.size();
}

Result<std::string> purge_deleted(const Invocation& given) {
    const std::string only = given.arguments.text("REPOSITORY");
    if (only.empty() != given.arguments.has(kAllFlag)) {
        return fail(Errc::bad_request, "name a repository, or say --all");
    }
    Timestamp before{std::numeric_limits<std::int64_t>::max()};
    BERTH_TRY(Management management, Management::open(given));
    if (given.arguments.has(kOlderFlag)) {
        const auto seconds = parse_duration(given.arguments.text(kOlderFlag));
        if (!seconds || *seconds > 36500ULL * 86400) {
            return fail(Errc::bad_request, "--older-than is a duration like 30d or 12h");
        }
        before = Timestamp{management.now().ticks -
                           static_cast<std::int64_t>(*seconds) * kTicksPerSecond};
    }
    BERTH_TRY(const auto repositories, named_repositories(management, only));
    PurgeCount count;
    for (const oci::Repository& repository : repositories) {
        BERTH_TRY(const BinContent bin, read_bin(management, repository));
        BERTH_TRY(const std::uint64_t tags, purge_rows(management, bin.tags, before,
                                                       repository.text(), meta::purge_deleted_tag));
        BERTH_TRY(const std::uint64_t manifests,
                  purge_rows(management, bin.manifests, before, repository.text(),
                             meta::purge_deleted_manifest));
        count.tags += tags;
        count.manifests += manifests;
    }
    boost::json::object json;
    json["manifests"] = count.manifests;
    json["tags"] = count.tags;
    std::string text = std::to_string(count.manifests);
    text.append(" manifests and ").append(std::to_string(count.tags)).append(" tags purged\n");
    return answer(given, boost::json::serialize(json), std::move(text));
}

}  // namespace

std::vector<Command> deleted_commands() {
    using enum Command::Takes;
    return {
        group("deleted", "What was deleted and can be restored (soft_delete.days)"),
        Command("deleted list", "List it", catalog,
                {Parameter("REPOSITORY", "", "Only of this one")}, list_deleted),
        Command(
            "deleted restore", "Bring a tag, a manifest or a whole repository back", catalog,
            {Parameter("ITEM", "", "REPOSITORY:TAG, REPOSITORY@DIGEST or REPOSITORY").as_required(),
             toggle(kForceFlag, "Overwrite tags that exist meanwhile")},
            restore_deleted),
        Command("deleted purge", "Delete it for good now", catalog,
                {Parameter("REPOSITORY", "", "Only of this one"),
                 toggle(kAllFlag, "Of every repository"),
                 Parameter(kOlderFlag, "DURATION", "Only what was deleted so long ago")},
                purge_deleted),
    };
}

}  // namespace berth::app
