"""Who asks and what their key may do: values and decisions."""
