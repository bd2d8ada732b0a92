"""What learning of providers' capacity costs a call, in CPU."""
