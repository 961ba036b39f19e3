namespace Pipeline.Costs;

/// <summary>The month's money does not allow what was asked for; the message says what is stopped, until when, and what to do.</summary>
public sealed class CapReachedException(string message) : Exception(message);
