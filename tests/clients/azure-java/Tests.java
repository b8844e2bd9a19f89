// SPDX-License-Identifier: Apache-2.0

import com.azure.containers.containerregistry.ContainerRegistryClientBuilder;
import com.azure.core.util.CoreUtils;

/**
 * Every method of the Azure SDK for Java's registry clients against one server.
 *
 * <pre>
 *   java Tests write ENDPOINT            everything, anonymous, with the clients that block and
 *                                        with those that do not
 *   java Tests basic ENDPOINT PASSWORD   the same, with the password in each request
 *   java Tests token ENDPOINT PASSWORD   the same, with the password for the SDK's tokens
 *   java Tests exchange ENDPOINT TOKEN   the same, with a credential that hands out TOKEN
 *   java Tests read ENDPOINT PASSWORD    anonymous where anyone may only read; the password is
 *                                        for putting something there first
 *   java Tests version
 * </pre>
 *
 * The last line of a run that got to its end is "end"; the exit status says nothing about the
 * checks.
 */
public final class Tests {
    private Tests() {}

    public static void main(String[] arguments) {
        String mode = arguments.length > 0 ? arguments[0] : "";
        String endpoint = arguments.length > 1 ? arguments[1] : "";
        String password = arguments.length > 2 ? arguments[2] : "";
        try {
            switch (mode) {
                case "version" -> {
                    System.out.println(version());
                    return;
                }
                case "write" -> write(endpoint, SignIn.anonymous());
                case "basic" -> write(endpoint, SignIn.basic(password));
                case "token" -> write(endpoint, SignIn.token(password));
                case "exchange" -> {
                    Exchanges seen = new Exchanges();
                    write(endpoint, SignIn.exchange(password, seen));
                    seen.check();
                }
                case "read" -> {
                    Api admin = new SyncApi(endpoint, SignIn.basic(password));
                    SignIn nobody = SignIn.anonymous();
                    new ReaderTests(admin, new SyncApi(endpoint, nobody), "sync/reader").run();
                    new ReaderTests(admin, new AsyncApi(endpoint, nobody), "async/reader").run();
                }
                default -> throw new IllegalArgumentException("no mode '" + mode + "'");
            }
            System.out.println("end");
        } catch (Checks.Stop stop) {
            System.exit(1);
        } catch (RuntimeException error) {
            Checks.fail("the call succeeds", error.toString());
            System.exit(1);
        }
        // The threads of the HTTP client would keep the machine running for a while.
        System.exit(0);
    }

    private static void write(String endpoint, SignIn signIn) {
        write(new SyncApi(endpoint, signIn), "sync/");
        write(new AsyncApi(endpoint, signIn), "async/");
    }

    private static void write(Api api, String prefix) {
        new ContentTests(api, prefix).run();
        new RepositoryTests(api, prefix).run();
        new TagTests(api, prefix).run();
        new ManifestTests(api, prefix).run();
        new LockTests(api, prefix).run();
    }

    private static String version() {
        new ContainerRegistryClientBuilder();
        return CoreUtils.getProperties("azure-containers-containerregistry.properties")
            .getOrDefault("version", "unknown");
    }
}
