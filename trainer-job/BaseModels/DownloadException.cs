namespace Pipeline.TrainerJob.BaseModels;

/// <summary>A model cannot be brought here; the message names file, cause and way out.</summary>
internal sealed class DownloadException(string message, Exception? inner = null) : IOException(message, inner);
