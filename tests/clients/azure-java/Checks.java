// SPDX-License-Identifier: Apache-2.0

import com.azure.core.exception.HttpResponseException;
import com.azure.core.models.ResponseError;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * The checks. Each prints a line "ok METHOD: NAME", or "FAIL METHOD: NAME" with the reason below
 * it; METHOD is the SDK's method that was called last.
 */
final class Checks {
    /** Ends the program when a step that others build on failed. */
    static final class Stop extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    private static final OffsetDateTime STARTED = OffsetDateTime.now(ZoneOffset.UTC);
    private static String method = "new";

    private Checks() {}

    /** The Api says here which method of the SDK it calls. */
    static void calling(String name) {
        method = name;
    }

    static void pass(String name) {
        System.out.println("ok " + method + ": " + name);
    }

    static void fail(String name, String why) {
        System.out.println("FAIL " + method + ": " + name);
        System.out.println(" " + why.replaceAll("\\s+", " "));
    }

    /** What this version of the SDK cannot do. */
    static void skip(String name) {
        System.out.println("skip " + method + ": " + name);
    }

    /** The result of a call that must succeed. */
    static <T> T need(String name, Supplier<T> call) {
        try {
            T result = call.get();
            pass(name);
            return result;
        } catch (RuntimeException error) {
            fail(name, error.toString());
            throw new Stop();
        }
    }

    static void equal(String name, Object wanted, Object got) {
        if (Objects.deepEquals(wanted, got)) {
            pass(name);
        } else {
            fail(name, "wanted " + wanted + ", got " + got);
        }
    }

    static void isTrue(String name, boolean fact) {
        if (fact) {
            pass(name);
        } else {
            fail(name, "it is not so");
        }
    }

    /** A call that must end in this status with this registry error code. */
    static void refused(String name, int status, String code, Supplier<?> call) {
        try {
            fail(name, "it succeeded: " + call.get());
        } catch (HttpResponseException error) {
            String wanted = status + " " + code;
            String got = error.getResponse().getStatusCode() + " " + code(error);
            if (wanted.equals(got)) {
                pass(name);
            } else {
                fail(name, "wanted " + wanted + ", got " + got + ": " + error.getMessage());
            }
        } catch (RuntimeException error) {
            fail(name, "no answer: " + error);
        }
    }

    static void locked(String name, Supplier<?> call) {
        refused(name, 405, "REGISTRY_DISALLOWED_OPERATION", call);
    }

    /** The SDK reads the registry's error in most places; in some it only keeps the text. */
    private static String code(HttpResponseException error) {
        if (error.getValue() instanceof ResponseError value) {
            return value.getMessage().isEmpty() ? "no message" : value.getCode();
        }
        String[] parts = error.getMessage().split("\"code\":\"", 2);
        return parts.length < 2 ? "no code" : parts[1].substring(0, parts[1].indexOf('"'));
    }

    /** A time of the registry: UTC, ticks of 100 ns at most, from this very run. */
    static void recent(String name, OffsetDateTime time) {
        if (time == null) {
            fail(name, "there is no time");
            return;
        }
        boolean ticks = time.getOffset().equals(ZoneOffset.UTC) && time.getNano() % 100 == 0;
        Duration after = Duration.between(STARTED, time);
        isTrue(name, ticks && after.abs().toMinutes() < 5);
    }
}
