namespace Pipeline.Registry;

/// <summary>What lies in the store as a model or as the routing is not what it must be. The message names it and the way out.</summary>
public sealed class RegistryException(string message, Exception? inner = null) : Exception(message, inner);
