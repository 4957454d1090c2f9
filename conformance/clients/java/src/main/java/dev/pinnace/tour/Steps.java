package dev.pinnace.tour;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.kubernetes.client.openapi.ApiException;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Runs the steps of a tour and prints one line for each: `ok NAME`, `failed NAME: why` or `skipped NAME: why`. */
final class Steps {
  /** Thrown by a step that cannot be taken here. */
  static final class Skip extends RuntimeException {
    Skip(String why) {
      super(why);
    }
  }

  interface Step {
    void take() throws Exception;
  }

  private static final Pattern MESSAGE = Pattern.compile("class V1Status \\{.*^ *message: (.*?)$", Pattern.DOTALL | Pattern.MULTILINE);

  private final List<String> asked;
  private boolean failed;

  /** The names of the steps to run; none: all. */
  Steps(String... asked) {
    this.asked = List.of(asked);
  }

  boolean failed() {
    return failed;
  }

  /** Runs one step, unless others are asked for, and prints what became of it. */
  void step(String name, Step step) {
    if (asked.isEmpty() || asked.contains(name)) {
      begin(name, step);
    }
  }

  /** Runs a step that all others need. */
  void begin(String name, Step step) {
    try {
      step.take();
      System.out.println("ok " + name);
    } catch (Skip why) {
      System.out.println("skipped " + name + ": " + why.getMessage());
    } catch (Exception | AssertionError | LinkageError error) {
      failed = true;
      System.out.println("failed " + name + ": " + textOf(error).replaceAll("\\s+", " "));
    }
  }

  private static String textOf(Throwable error) {
    if (error instanceof ApiException refusal && refusal.getResponseBody() != null) {
      return refusal.getCode() + " " + refusal.getResponseBody();
    }
    // The generic clients print the whole Status, a field a line.
    Matcher message = MESSAGE.matcher(String.valueOf(error.getMessage()));
    return message.find() ? message.group(1) : error.toString();
  }

  /** Throws unless both are equal. */
  static void expect(String what, Object got, Object want) {
    if (!Objects.equals(got, want)) {
      throw new AssertionError(what + ": got " + got + ", want " + want);
    }
  }

  /** Asks again and again until nothing is thrown, and gives the answer; after half a minute throws the last error. */
  static <T> T eventually(Callable<T> ask) throws Exception {
    long deadline = System.nanoTime() + 30_000_000_000L;
    while (true) {
      try {
        return ask.call();
      } catch (Exception | AssertionError error) {
        if (System.nanoTime() > deadline) {
          throw error;
        }
        Thread.sleep(100);
      }
    }
  }

  static void eventuallyExpect(String what, Callable<?> got, Object want) throws Exception {
    eventually(
        () -> {
          expect(what, got.call(), want);
          return null;
        });
  }

  /** The code with which the API refuses what is done; 0 if it does not. */
  static int codeOf(Step step) throws Exception {
    try {
      step.take();
      return 0;
    } catch (ApiException refusal) {
      return refusal.getCode();
    }
  }

  /** Expects the API to refuse what is done with this Status. */
  static void refused(Step step, int code, String reason, String message) throws Exception {
    try {
      step.take();
    } catch (ApiException refusal) {
      JsonObject status = JsonParser.parseString(refusal.getResponseBody()).getAsJsonObject();
      expect("HTTP status", refusal.getCode(), code);
      expect("kind", status.get("kind").getAsString(), "Status");
      expect("code", status.get("code").getAsInt(), code);
      expect("reason", status.get("reason").getAsString(), reason);
      expect("message", status.get("message").getAsString(), message);
      return;
    }
    throw new AssertionError("not refused");
  }
}
