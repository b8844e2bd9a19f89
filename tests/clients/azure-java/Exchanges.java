// SPDX-License-Identifier: Apache-2.0

import com.azure.core.http.HttpResponse;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/** Which statuses the token endpoints answered, and how often. */
final class Exchanges implements Consumer<HttpResponse> {
    private final Map<String, Set<Integer>> statuses = new TreeMap<>();
    private int others;

    @Override
    public synchronized void accept(HttpResponse response) {
        String path = response.getRequest().getUrl().getPath();
        if (path.startsWith("/oauth2/")) {
            statuses.computeIfAbsent(path, key -> new TreeSet<>()).add(response.getStatusCode());
        } else {
            others++;
        }
    }

    synchronized void check() {
        Checks.calling("oauth2");
        Checks.equal("the credential's token was exchanged, and access tokens had for that",
            Map.of("/oauth2/exchange", Set.of(200), "/oauth2/token", Set.of(200)), statuses);
        Checks.isTrue("everything else went by them", others > 500);
    }
}
