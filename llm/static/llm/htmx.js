// htmx would add a style element, which the Content-Security-Policy forbids. The admin shows no htmx indicator.
htmx.config.includeIndicatorStyles = false;
