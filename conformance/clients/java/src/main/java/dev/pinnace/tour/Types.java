package dev.pinnace.tour;

import com.google.gson.reflect.TypeToken;
import io.kubernetes.client.openapi.models.V1ConfigMap;
import io.kubernetes.client.util.Watch;
import java.lang.reflect.Type;

/** Types that Java cannot name at run time. */
final class Types {
  static final Type WATCHED_CONFIG_MAP = new TypeToken<Watch.Response<V1ConfigMap>>() {}.getType();

  private Types() {}
}
