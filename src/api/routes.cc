// SPDX-License-Identifier: Apache-2.0
#include "api/routes.h"

#include "api/handlers.h"

#include <array>
#include <optional>

namespace berth::api {

namespace {

using http::Method;

constexpr std::string_view kManifest = "/v2/{name}/manifests/{reference}";
constexpr std::string_view kBlob = "/v2/{name}/blobs/{digest}";
constexpr std::string_view kUploads = "/v2/{name}/blobs/uploads/";
constexpr std::string_view kAcrRepository = "/acr/v1/{name}";
constexpr std::string_view kAcrTag = "/acr/v1/{name}/_tags/{tag}";
constexpr std::string_view kAcrManifest = "/acr/v1/{name}/_manifests/{digest}";
constexpr std::string_view kDeletedCatalog = "/acr/v1/_deleted/_catalog";
constexpr std::string_view kDeletedManifests = "/acr/v1/_deleted/{name}/_manifests";
constexpr std::string_view kDeletedManifest = "/acr/v1/_deleted/{name}/_manifests/{digest}";
constexpr std::string_view kDeletedTags = "/acr/v1/_deleted/{name}/_tags";
constexpr std::string_view kKeySet = "/.well-known/jwks.json";
constexpr std::string_view kUpload = "/v2/{name}/blobs/uploads/{uuid}";

constexpr std::array kRoutes{
    Route{Method::get, "/v2/", "base", Needs::any_account, get_base},
    Route{Method::get, "/v2/_catalog", "catalog_list", Needs::catalog, list_catalog},
    Route{Method::get, kManifest, "manifest_get", Needs::pull, get_manifest},
    Route{Method::put, kManifest, "manifest_put", Needs::push, put_manifest},
    Route{Method::remove, kManifest, "manifest_delete", Needs::remove, delete_manifest},
    Route{Method::head, kBlob, "blob_head", Needs::pull, head_blob},
    Route{Method::get, kBlob, "blob_get", Needs::pull, get_blob},
    Route{Method::remove, kBlob, "blob_delete", Needs::remove, delete_blob},
    Route{Method::post, kUploads, "upload_start", Needs::push_mount, start_upload},
    Route{Method::get, kUpload, "upload_get", Needs::push, get_upload},
    Route{Method::patch, kUpload, "upload_patch", Needs::push, patch_upload},
    Route{Method::put, kUpload, "upload_put", Needs::push, put_upload},
    Route{Method::remove, kUpload, "upload_delete", Needs::remove, delete_upload},
    Route{Method::get, "/v2/{name}/tags/list", "tags_list", Needs::pull, list_tags},
    Route{Method::get, "/v2/{name}/referrers/{digest}", "referrers_list", Needs::pull,
          list_referrers},
    Route{Method::get, "/acr/v1/_catalog", "acr_catalog_list", Needs::catalog, list_acr_catalog},
    Route{Method::get, kAcrRepository, "acr_repository_get", Needs::metadata_read,
          get_acr_repository},
    Route{Method::patch, kAcrRepository, "acr_repository_patch", Needs::metadata_write,
          patch_acr_repository},
    Route{Method::remove, kAcrRepository, "acr_repository_delete", Needs::remove,
          delete_acr_repository},
    Route{Method::get, "/acr/v1/{name}/_tags", "acr_tags_list", Needs::metadata_read,
          list_acr_tags},
    Route{Method::get, kAcrTag, "acr_tag_get", Needs::metadata_read, get_acr_tag},
    Route{Method::patch, kAcrTag, "acr_tag_patch", Needs::metadata_write, patch_acr_tag},
    Route{Method::remove, kAcrTag, "acr_tag_delete", Needs::remove, delete_acr_tag},
    Route{Method::get, "/acr/v1/{name}/_manifests", "acr_manifests_list", Needs::metadata_read,
          list_acr_manifests},
    Route{Method::get, kAcrManifest, "acr_manifest_get", Needs::metadata_read, get_acr_manifest},
    Route{Method::patch, kAcrManifest, "acr_manifest_patch", Needs::metadata_write,
          patch_acr_manifest},
    Route{Method::get, kDeletedCatalog, "acr_deleted_catalog_list", Needs::deleted_catalog,
          list_deleted_catalog},
    Route{Method::get, kDeletedManifests, "acr_deleted_manifests_list", Needs::deleted_read,
          list_deleted_manifests},
    Route{Method::get, kDeletedTags, "acr_deleted_tags_list", Needs::deleted_read,
          list_deleted_tags},
    Route{Method::post, kDeletedManifest, "acr_deleted_manifest_restore", Needs::deleted_restore,
          restore_deleted_manifest},
    Route{Method::get, "/oauth2/token", "token_get", Needs::nothing, get_token},
    Route{Method::post, "/oauth2/token", "token_post", Needs::nothing, post_token},
    Route{Method::post, "/oauth2/exchange", "token_exchange", Needs::nothing, exchange_token},
    Route{Method::get, kKeySet, "key_set_get", Needs::nothing, get_key_set},
};

constexpr std::string_view kName = "{name}";
/// The registry's prefixes; what lies outside is answered by the edge (acr-wire 1.7).
constexpr std::array<std::string_view, 5> kPrefixes{"/v2/", "/v2", "/acr/", "/oauth2/", kKeySet};

bool is_uuid(std::string_view text) {
    constexpr std::string_view kShape = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    if (text.size() != kShape.size()) {
        return false;
    }
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool hex = (text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f');
        if (kShape[i] == 'x' ? !hex : text[i] != '-') {
            return false;
        }
    }
    return true;
}

bool has_shape(std::string_view placeholder, std::string_view text) {
    if (placeholder == "{digest}") {
        return oci::has_digest_shape(text);
    }
    if (placeholder == "{tag}") {
        return oci::is_tag_name(text);
    }
    if (placeholder == "{uuid}") {
        return is_uuid(text);
    }
    // {reference}: a tag, or anything that wants to be a digest; the handler says what is wrong
    // with it.
    return oci::is_tag_name(text) || text.find(':') != std::string_view::npos;
}

/// `/v2/{name}/blobs/{digest}`: the name spans slashes, the last placeholder does not.
std::optional<RouteParameters> match_pattern(std::string_view pattern, std::string_view path) {
    const std::size_t name_at = pattern.find(kName);
    if (name_at == std::string_view::npos) {
        return pattern == path ? std::optional(RouteParameters{}) : std::nullopt;
    }
    if (!path.starts_with(pattern.substr(0, name_at))) {
        return std::nullopt;
    }
    RouteParameters parameters;
    std::string_view tail = pattern.substr(name_at + kName.size());
    std::string_view rest = path.substr(name_at);
    if (tail.ends_with('}')) {
        const std::size_t brace = tail.rfind('{');
        const std::size_t slash = rest.rfind('/');
        if (slash == std::string_view::npos ||
            !has_shape(tail.substr(brace), rest.substr(slash + 1))) {
            return std::nullopt;
        }
        parameters.reference = rest.substr(slash + 1);
        rest = rest.substr(0, slash + 1);
        tail = tail.substr(0, brace);
    }
    if (!rest.ends_with(tail)) {
        return std::nullopt;
    }
    const std::string_view name = rest.substr(0, rest.size() - tail.size());
    if (!oci::is_repository_name(name)) {
        return std::nullopt;
    }
    parameters.name = name;
    return parameters;
}

std::string_view name_of(Method method) {
    switch (method) {
        case Method::get:
            return "GET";
        case Method::head:
            return "HEAD";
        case Method::post:
            return "POST";
        case Method::put:
            return "PUT";
        case Method::patch:
            return "PATCH";
        case Method::remove:
            return "DELETE";
        case Method::other:
            break;
    }
    return "";
}

/// Methods of every route with this pattern; GET brings HEAD.
std::string allowed_methods(std::string_view pattern) {
    std::string allowed;
    const auto add = [&allowed](Method method) {
        if (allowed.find(name_of(method)) == std::string::npos) {
            allowed += (allowed.empty() ? "" : ", ") + std::string(name_of(method));
        }
    };
    for (const Route& route : kRoutes) {
        if (route.pattern == pattern) {
            add(route.method);
            if (route.method == Method::get) {
                add(Method::head);
            }
        }
    }
    return allowed;
}

const Route* find_route(std::string_view pattern, Method method) {
    for (const Route& route : kRoutes) {
        if (route.pattern == pattern && route.method == method) {
            return &route;
        }
    }
    return nullptr;
}

bool is_below_prefix(std::string_view path) {
    for (const std::string_view prefix : kPrefixes) {
        if (prefix.ends_with('/') ? path.starts_with(prefix) : path == prefix) {
            return true;
        }
    }
    return false;
}

}  // namespace

std::span<const Route> routes() {
    return kRoutes;
}

bool carries_request_ids(const Route& route) {
    return route.pattern.find(kName) != std::string_view::npos &&
           (route.pattern.starts_with("/v2/") || route.method == Method::remove);
}

bool needs_body(const Route& route) {
    return route.method == Method::patch || route.handler == put_manifest;
}

RouteMatch match_route(http::Method method, std::string_view path) {
    RouteMatch match;
    if (!is_below_prefix(path)) {
        match.kind = RouteMatch::Kind::outside;
        return match;
    }
    std::string_view tried;
    for (const Route& candidate : kRoutes) {
        if (candidate.pattern == tried) {
            continue;
        }
        tried = candidate.pattern;
        auto parameters = match_pattern(candidate.pattern, path);
        if (!parameters) {
            continue;
        }
        const Route* route = find_route(candidate.pattern, method);
        if (route == nullptr && method == Method::head) {
            route = find_route(candidate.pattern, Method::get);
        }
        match.parameters = std::move(*parameters);
        match.route = route;
        match.kind = route != nullptr ? RouteMatch::Kind::found : RouteMatch::Kind::wrong_method;
        if (route == nullptr) {
            match.allowed = allowed_methods(candidate.pattern);
        }
        return match;
    }
    return match;
}

oci::Scope scope_of(const Route& route, const RouteParameters& parameters) {
    using oci::Action;
    const auto repository = [&parameters](std::vector<Action> actions) {
        return oci::Scope("repository", parameters.name, std::move(actions));
    };
    switch (route.needs) {
        case Needs::catalog:
            return {std::string(oci::kRegistryType), std::string(oci::kCatalog), {Action::catalog}};
        case Needs::deleted_catalog:
            return {std::string(oci::kRegistryType),
                    std::string(oci::kDeletedCatalog),
                    {Action::catalog}};
        case Needs::deleted_read:
            return repository({Action::deleted_read});
        case Needs::deleted_restore:
            return repository({Action::deleted_read, Action::deleted_restore});
        case Needs::pull:
            return repository({Action::pull});
        case Needs::push:
        case Needs::push_mount:
            return repository({Action::pull, Action::push});
        case Needs::remove:
            return repository({Action::remove});
        case Needs::metadata_read:
            return repository({Action::metadata_read});
        case Needs::metadata_write:
            return repository({Action::metadata_write});
        case Needs::any_account:
        case Needs::nothing:
            break;
    }
    return {};
}

std::optional<oci::Scope> mount_source_scope(const Route& route, const http::Query& query) {
    if (route.needs != Needs::push_mount || !query.get("mount")) {
        return std::nullopt;
    }
    const auto from = query.get("from");
    if (!from || !oci::is_repository_name(*from)) {
        return std::nullopt;
    }
    return oci::Scope("repository", std::string(*from), {oci::Action::pull});
}

std::vector<oci::Scope> scopes_of(const Route& route, const RouteParameters& parameters,
                                  const http::Query& query) {
    std::vector<oci::Scope> scopes;
    if (oci::Scope scope = scope_of(route, parameters); !scope.actions.empty()) {
        scopes.push_back(std::move(scope));
    }
    if (std::optional<oci::Scope> source = mount_source_scope(route, query)) {
        scopes.push_back(*std::move(source));
    }
    return scopes;
}

}  // namespace berth::api
