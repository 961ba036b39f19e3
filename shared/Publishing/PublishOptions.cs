using System.ComponentModel.DataAnnotations;

namespace Pipeline.Publishing;

/// <summary>How posts reach the blog's repository.</summary>
public sealed class PublishOptions
{
    /// <summary>The branch that posts are based on.</summary>
    [Required]
    public string BaseBranch { get; set; } = "main";

    /// <summary>The name that commits bear.</summary>
    [Required]
    public string AuthorName { get; set; } = "Pipeline";

    /// <summary>The address that commits bear.</summary>
    [Required]
    public string AuthorEmail { get; set; } = "pipeline@localhost";
}
