// SPDX-License-Identifier: Apache-2.0

import com.azure.core.credential.AccessToken;
import com.azure.core.credential.TokenCredential;
import com.azure.core.http.HttpHeaderName;
import com.azure.core.http.HttpPipelineCallContext;
import com.azure.core.http.HttpPipelineNextPolicy;
import com.azure.core.http.HttpPipelineNextSyncPolicy;
import com.azure.core.http.HttpRequest;
import com.azure.core.http.HttpResponse;
import com.azure.core.http.policy.HttpPipelinePolicy;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.function.Consumer;
import reactor.core.publisher.Mono;

/**
 * How the tests sign in; the SDK has no credential for a name and a password. `credential` is null
 * for all but `exchange`; `answers` is told what went over the wire.
 */
record SignIn(Consumer<HttpRequest> change, TokenCredential credential,
    Consumer<HttpResponse> answers) implements HttpPipelinePolicy {

    private SignIn(Consumer<HttpRequest> change) {
        this(change, null, response -> { });
    }

    static SignIn anonymous() {
        return new SignIn(request -> { });
    }

    /** With a credential that hands out a token of the identity provider. */
    static SignIn exchange(String token, Consumer<HttpResponse> answers) {
        OffsetDateTime end = OffsetDateTime.now(ZoneOffset.UTC).plusMinutes(50);
        return new SignIn(request -> { }, request -> Mono.just(new AccessToken(token, end)),
            answers);
    }

    /** Signs every request. */
    static SignIn basic(String password) {
        byte[] pair = ("admin:" + password).getBytes(StandardCharsets.UTF_8);
        String header = "Basic " + Base64.getEncoder().encodeToString(pair);
        return new SignIn(request -> request.setHeader(HttpHeaderName.AUTHORIZATION, header));
    }

    /**
     * Adds a name and a password to the SDK's request for an anonymous token. All else is the
     * SDK's own: the first request, the token, the request again, and the token kept for the next
     * one, whatever its scope.
     */
    static SignIn token(String password) {
        String more = "&username=admin&password="
            + URLEncoder.encode(password, StandardCharsets.UTF_8);
        return new SignIn(request -> {
            if (request.getUrl().getPath().equals("/oauth2/token")) {
                request.setBody(request.getBodyAsBinaryData().toString() + more);
            }
        });
    }

    @Override
    public Mono<HttpResponse> process(HttpPipelineCallContext context,
        HttpPipelineNextPolicy next) {
        change.accept(context.getHttpRequest());
        return next.process().doOnNext(answers);
    }

    @Override
    public HttpResponse processSync(HttpPipelineCallContext context,
        HttpPipelineNextSyncPolicy next) {
        change.accept(context.getHttpRequest());
        HttpResponse response = next.processSync();
        answers.accept(response);
        return response;
    }
}
