namespace Pipeline.Tokenization;

/// <summary>A tokenizer's files cannot be used; the message names the file, what is wrong with it and what to do.</summary>
public sealed class TokenizerException(string message, Exception? inner = null) : Exception(message, inner);
