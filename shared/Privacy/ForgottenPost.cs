namespace Pipeline.Privacy;

/// <summary>A post that the owner took back.</summary>
/// <param name="Post">SHA-256 of its path, lower-case hexadecimal: the path itself may tell what the post was about.</param>
/// <param name="Time">When.</param>
public sealed record ForgottenPost(string Post, DateTimeOffset Time);
