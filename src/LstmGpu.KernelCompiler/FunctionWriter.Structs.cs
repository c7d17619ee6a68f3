using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace LstmGpu.KernelCompiler;

internal sealed partial class FunctionWriter
{
    private string Field(IFieldReferenceOperation field)
    {
        if (!field.Field.IsStatic)
        {
            return Vectors.Is(field.Field.ContainingType) ? Component(field)
                : field.Instance is { } instance ? $"{Value(instance)}.{TypeText.FieldName(field.Field)}" : Unknown(field);
        }

        // Only what is written once, at the declaration, has the same value on the host and here.
        if (field.Field.IsReadOnly && unit.InitialiserOf(field.Field) is { } value && field.Field.Type.IsValueType)
        {
            return IsSettled(field.Field) ? Value(value) : Outside(Rules.MutableStatic, field, field.Field.Name);
        }

        return Outside(Rules.MutableStatic, field, field.Field.Name);
    }

    // A component of a vector in memory is written through its own address: vector.x = … would write back its neighbours as they were.
    private string Component(IFieldReferenceOperation field)
    {
        IOperation instance = field.Instance!;
        bool isWritten = field.Parent is IIncrementOrDecrementOperation || (field.Parent is IAssignmentOperation assignment && assignment.Target == field);
        bool isAddressed = field.Parent is IArgumentOperation { Parameter.RefKind: RefKind.Ref or RefKind.Out };
        bool isInMemory = instance is IPropertyReferenceOperation { Property.IsIndexer: true }
            || (instance is IParameterReferenceOperation parameter && references.ContainsKey(parameter.Parameter));
        return isAddressed || (isWritten && isInMemory)
            ? $"(({Dialect.Qualifier(SpaceOf(instance))}{unit.NameOf(field.Field.Type, field.Syntax)}*)&{Value(instance)})[{Vectors.Ordinal(field.Field)}]"
            : $"{Value(instance)}.{Vectors.Component(field.Field)}";
    }

    private string StructProperty(IPropertyReferenceOperation property)
    {
        IFieldSymbol? backing = property.Property.ContainingType.GetMembers().OfType<IFieldSymbol>()
            .FirstOrDefault(f => SymbolEqualityComparer.Default.Equals(f.AssociatedSymbol, property.Property));
        return backing is not null && property.Instance is { Type.IsValueType: true } instance && !TypeText.IsIlgpu(instance.Type)
            ? $"{Value(instance)}.{TypeText.FieldName(backing)}"
            : Outside(Rules.InstanceCall, property, property.Property.Name);
    }

    private string Creation(IObjectCreationOperation creation)
    {
        if (creation.Type is not { IsValueType: true } type || creation.Constructor is not { } constructor)
        {
            return Outside(Rules.ReferenceType, creation, creation.Type?.ToDisplayString() ?? "class");
        }

        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        if (!constructor.IsImplicitlyDeclared && !IsPrimary(constructor))
        {
            string made = Function(constructor, creation.Arguments, creation);
            return creation.Initializer is null ? made : Unknown(creation);
        }

        foreach (IArgumentOperation argument in creation.Arguments)
        {
            if (TypeText.Fields(type).All(f => (f.AssociatedSymbol ?? f).Name != argument.Parameter!.Name))
            {
                return Unknown(creation);
            }

            fields[Names.Variable(argument.Parameter!.Name)] = Bare(Value(argument.Value));
        }

        foreach (IOperation initial in creation.Initializer?.Initializers ?? [])
        {
            if (initial is not ISimpleAssignmentOperation { Target: IMemberReferenceOperation { Member: { } member } } assignment)
            {
                return Unknown(initial);
            }

            fields[Names.Variable(member.Name)] = Bare(Value(assignment.Value));
        }

        string all = string.Join(", ", TypeText.Fields(type).Select(f => fields.TryGetValue(TypeText.FieldName(f), out string? v) ? v : Zero(f.Type, creation.Syntax)));
        return Made(type, all, creation.Syntax);
    }

    private string Made(ITypeSymbol type, string fields, SyntaxNode where) =>
        Vectors.Is(type) ? Dialect.VectorValue(unit.NameOf(type, where), fields) : Dialect.StructValue(unit.NameOf(type, where), fields);

    private static bool IsPrimary(IMethodSymbol constructor) =>
        constructor.ContainingType.IsRecord && constructor.DeclaringSyntaxReferences.All(r => r.GetSyntax() is TypeDeclarationSyntax);

    private string Zero(ITypeSymbol type, SyntaxNode where) => TypeText.IsPrimitive(type)
        ? type.SpecialType == SpecialType.System_Boolean ? "false" : "0"
        : Made(type, ZeroFields(type, where), where);

    private string ZeroFields(ITypeSymbol type, SyntaxNode where) => TypeText.IsPrimitive(type)
        ? "0"
        : string.Join(", ", TypeText.Fields(type).Select(f => TypeText.IsPrimitive(f.Type) ? "0" : Vectors.Is(f.Type) ? Zero(f.Type, where) : $"{{ {ZeroFields(f.Type, where)} }}"));
}
