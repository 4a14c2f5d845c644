import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * An adapter between the conformance suite and a Synq client library in Java. It works as it stands, with a client of its
 * own on java.net.http: put your library in the place of `make`, and say in `kindOf` what its exceptions are.
 */
public final class Client implements Protocol.Library {
    public static void main(String[] arguments) throws IOException {
        Protocol.serve(new Client());
    }

    @Override
    public String name() {
        return "my client";
    }

    @Override
    public String version() {
        return "0";
    }

    /** Makes what your library's user would call. */
    @Override
    public Protocol.Client make(Map<String, String> settings) {
        return new SynqClient(settings);
    }

    /** "auth" if no token could be had, "permission" if the account may not, "transport" if the network failed, or "other". */
    @Override
    public String kindOf(Exception error) {
        if (error instanceof SignInFailed) return "auth";
        return error instanceof IOException ? "transport" : "other";
    }
}

// ---------------------------------------------------------------- what your library does instead

final class SignInFailed extends Exception {
    SignInFailed(String message) {
        super(message);
    }
}

final class SynqClient implements Protocol.Client {
    private static final Duration LEAD = Duration.ofSeconds(60);

    private final Map<String, String> settings;
    private final HttpClient http =
            HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .followRedirects(HttpClient.Redirect.NEVER) // the caller sees a redirect; no other origin sees the token
                    .build();
    private String token = "";
    private Instant until = Instant.EPOCH;

    SynqClient(Map<String, String> settings) {
        this.settings = settings;
    }

    @Override
    public Protocol.Answer request(
            String method, String path, List<String[]> query, List<String[]> headers, byte[] body) throws Exception {
        StringBuilder target = new StringBuilder(path);
        for (String[] pair : query) {
            target.append(target.indexOf("?") < 0 ? '?' : '&').append(URLEncoder.encode(pair[0], UTF_8));
            target.append('=').append(URLEncoder.encode(pair[1], UTF_8));
        }
        HttpRequest.Builder call =
                HttpRequest.newBuilder(URI.create(settings.get("base_url") + target))
                        .timeout(Duration.ofSeconds(5))
                        .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body));
        for (String[] pair : headers) call.setHeader(pair[0], pair[1]);
        call.setHeader("X-Tenant-ID", settings.get("tenant_id"));
        call.setHeader("X-Org-ID", settings.get("org_id"));
        String current = token("");
        HttpResponse<String> response = send(call, current);
        if (response.statusCode() == 401) response = send(call, token(current));
        return new Protocol.Answer(response.statusCode(), response.body());
    }

    private HttpResponse<String> send(HttpRequest.Builder call, String current) throws Exception {
        return http.send(
                call.copy().setHeader("Authorization", "Bearer " + current).build(), BodyHandlers.ofString(UTF_8));
    }

    /** A token that is good for a while yet and is not the refused one; all who wait share one sign-in. */
    private synchronized String token(String refused) throws SignInFailed {
        if (token.isEmpty() || token.equals(refused) || !Instant.now().isBefore(until)) signIn();
        return token;
    }

    private void signIn() throws SignInFailed {
        Instant askedAt = Instant.now();
        String credentials = Json.write(Map.of("email", settings.get("email"), "password", settings.get("password")));
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(settings.get("base_url") + settings.get("sign_in_path")))
                        .timeout(Duration.ofSeconds(3))
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(credentials))
                        .build();
        HttpResponse<String> response;
        Object answer;
        try {
            response = http.send(request, BodyHandlers.ofString(UTF_8));
            answer = Json.parse(response.body());
        } catch (IOException | InterruptedException | IllegalArgumentException error) {
            throw new SignInFailed("signing in brought no answer that can be read");
        }
        if (response.statusCode() != 200
                || !(answer instanceof Map<?, ?> members)
                || !(members.get("token") instanceof String fresh)
                || fresh.isEmpty()) throw new SignInFailed("signing in was answered " + response.statusCode());
        double seconds = members.get("expires_in") instanceof Json.Numeral numeral ? numeral.value() : 3600;
        Duration life = Duration.ofMillis((long) (seconds * 1000));
        Duration lead = LEAD.compareTo(life.dividedBy(10)) < 0 ? LEAD : life.dividedBy(10);
        token = fresh;
        until = askedAt.plus(life).minus(lead);
    }
}
