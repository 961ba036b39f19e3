namespace Pipeline.Generation.Cpu;

/// <summary>One token to take in.</summary>
/// <param name="Row">The text that it belongs to.</param>
/// <param name="Position">Its place there; everything before is in the cache or among the slots before this one.</param>
/// <param name="Token">The token.</param>
/// <param name="Logits">Address for the scores of the next token, or 0 if nobody wants them.</param>
internal readonly record struct DecoderSlot(int Row, int Position, int Token, nint Logits);
