// Names the reader's time zone in a cookie: the admin's next page shows its times in it.
"use strict";
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone) {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `djb_zone=${zone}; path=/admin/; max-age=31536000; samesite=lax${secure}`;
}
